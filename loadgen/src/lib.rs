//! The load generator: sessions driven by goose, honest clocks, exact accounting, and a verdict on the
//! generator itself.
//!
//! [`run`] plays a [`scenarios::Scenario`] against a [`Target`] and comes back with a
//! [`reports::model::LoadReport`] and an HDR log. [`client`] is the reference client underneath, which can
//! also ask a single question.

pub mod actions;
pub mod client;
pub mod database;
mod drive;
mod error;
pub mod measure;
mod options;
pub mod resources;
pub mod session;
mod stop;
mod target;
pub mod verdict;

pub use drive::run;
pub use error::LoadError;
pub use options::{Ending, LoadOutcome, Observer, Options, Snapshot};
pub use stop::Stop;
pub use target::{Doors, Target, WatchedProcess};
