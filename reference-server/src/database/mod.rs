//! The embedded databases: what is in them, how they are made, how one statement is run on them.
//!
//! `financial_db` is made from a seed; `tpch` holds TPC-H-derived rows (its figures are no TPC-H result).
//! Both live in files that are made once and never written again. A connection can only read: the file is
//! opened read-only, and an authorizer refuses everything but selecting from the catalogue's tables.

mod catalog;
mod embedded;
mod error;
mod files;
mod financial;
mod guard;
mod kinds;
mod pool;
mod run;
#[cfg(test)]
mod tests;
mod tpch;

pub use catalog::{ColumnInfo, ColumnKind, DatabaseInfo, TableInfo, catalog};
pub use embedded::Embedded;
pub use error::DatabaseError;
pub use run::{CancelFlag, Chunk, ResultColumn, Row, RunLimits, RunSummary, Sink};
