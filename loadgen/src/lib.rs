//! The load generator: sessions driven by goose, honest clocks, exact accounting, and a verdict on the
//! generator itself.
//!
//! [`run`] plays a [`scenarios::Scenario`] against a [`Target`] and comes back with a
//! [`reports::model::LoadReport`] and an HDR log. [`client`] is the reference client underneath, which can
//! also ask a single question.
//!
//! While a run lasts, [`live`] shows it to others: a page of metrics, and an export of them.
//!
//! What is made of runs: [`threshold`] judges one, [`plan`] searches the highest load inside the limits,
//! [`compare`] tells a change from noise; [`statistics`] is what all three rest on.

pub mod actions;
pub mod client;
pub mod compare;
pub mod database;
mod drive;
mod error;
mod generic;
pub mod live;
#[cfg(test)]
mod made;
pub mod measure;
mod options;
pub mod plan;
pub mod record;
pub mod resources;
pub mod session;
pub mod shards;
pub mod statistics;
mod stop;
mod target;
pub mod threshold;
mod trust;
pub mod verdict;

pub use drive::{Prepared, longest, overridden, prepare, run};
pub use error::LoadError;
pub use options::{Ending, LoadOutcome, Observer, Options, Played, Snapshot};
pub use stop::Stop;
pub use target::{Doors, Target, WatchedProcess};
pub use trust::Trust;
