//! Judging: the thresholds of the scenario, and the generator itself.

mod flow;
mod generator;
mod thresholds;

pub use flow::Flow;
pub use generator::{Evidence, judge_generator};
pub use thresholds::judge_thresholds;
