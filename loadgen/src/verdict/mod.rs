//! Judging the generator itself. Thresholds are judged in [`threshold`](crate::threshold).

mod flow;
mod generator;
mod instruments;

pub use flow::{Flow, FlowSums};
pub use generator::{Budget, Evidence, judge_generator};
pub use instruments::{Joint, judge_instruments};
