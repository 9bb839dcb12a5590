//! Did a change make it worse, or is it noise?
//!
//! Whole runs are the samples: within a run requests depend on each other, and a test over requests finds a
//! "significant" difference between two runs of the same build in most cases. [`check_comparable`] refuses runs that
//! measured something else; [`compare`] judges each figure by the exact Mann–Whitney test over the runs, Holm's
//! correction over the figures, and a floor under the effect. `docs/statistics.md` has the reasons and the proof.

mod comparability;
mod error;
mod judgement;
mod metric;
mod pace;

pub use comparability::check_comparable;
pub use error::CompareError;
pub use judgement::{FLOOR, LEVEL, POWER, compare};
pub use metric::{METRICS, Metric};

#[cfg(test)]
mod recorded;
