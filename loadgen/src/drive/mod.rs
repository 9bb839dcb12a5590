//! A whole run: preparation, goose, the monitor beside it, and the report at the end.

mod arrivals;
mod attack;
mod books;
mod cohort;
mod dispatch;
mod inside;
mod interrupt;
mod monitor;
mod quiet;
mod report;
mod run;
mod so_far;
#[cfg(test)]
mod stall;
mod takings;

pub(crate) use report::{Said, report};
pub use run::{Prepared, longest, overridden, prepare, run};
pub(crate) use so_far::{Known, detail};
