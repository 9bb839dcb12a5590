//! From columns and rows to a chart: type by rules, specification as Vega-Lite 5.

mod visualization;

pub use visualization::{ChartType, Visualization, visualize};
