//! A whole run: preparation, goose, the monitor beside it, and the report at the end.

mod attack;
mod interrupt;
mod monitor;
mod quiet;
mod report;
mod run;

pub use run::run;
