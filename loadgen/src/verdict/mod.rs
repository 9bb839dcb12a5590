//! Judging the generator itself. Thresholds are judged in [`threshold`](crate::threshold).

mod flow;
mod generator;

pub use flow::Flow;
pub use generator::{Budget, Evidence, judge_generator};
