//! The databases: what is in them, and how one statement is run on them, whichever engine holds them.
//!
//! `financial_db` is made from a seed; `tpch` holds TPC-H-derived rows (its figures are no TPC-H result).
//! [`Database`] is what the rest of the program knows: SQLite files in this process, or a MySQL or TiDB server.
//! Either way the connection that runs statements can only read.

mod catalog;
mod dialect;
mod embedded;
mod engine;
mod error;
mod functions;
mod gate;
mod kinds;
mod mysql;
mod observation;
mod seed;
mod statement;

pub use catalog::{ColumnInfo, ColumnKind, DatabaseInfo, TableInfo, catalog};
pub use dialect::Dialect;
pub use embedded::Embedded;
pub use engine::Database;
pub use error::DatabaseError;
pub(crate) use functions::may_call;
pub use gate::{PoolUse, Pools};
pub use mysql::{Container, ContainerPlan};
pub use observation::{Observation, Observer};
pub use statement::{CancelFlag, Chunk, ResultColumn, Row, RunLimits, RunSummary, Sink};
