//! From columns and rows to a chart: type by rules, specification as Vega-Lite 5.
//!
//! The rules look at column types and cardinality only, in this order:
//!
//! | result | chart |
//! |---|---|
//! | no row, or nothing to measure | table |
//! | one row, one measure | single value |
//! | time and a measure (over 2 points) | line |
//! | time, a label and a measure (at most 12 labels), or time and measures of one kind | several lines |
//! | at most 6 labels with shares that make a whole | pie |
//! | labels and a measure: at most 12 short ones, at most 50 | bars, horizontal bars |
//! | two labels and a measure, or a label and measures of one kind | grouped bars |
//! | two measures, no label | scatter |
//! | anything else | table |

mod choice;
mod specification;
#[cfg(test)]
mod tests;
mod visualization;

pub use visualization::{ChartType, Visualization, mark_points, visualize};
