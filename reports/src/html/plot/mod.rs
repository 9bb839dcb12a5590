//! Small charts: lines over an axis, heat maps behind them as inline SVG, and bars of percentiles.
//!
//! A chart says one thing, in its title. Lines are labelled at their ends and differ in colour and dash, limits
//! are lines, the value axis begins at zero or is logarithmic. The lines are paths in thousandths of the picture,
//! shown twice, wide and narrow, and the style sheet picks the one that fits: text in it keeps its size on a
//! telephone. The heights stand in a JSON script for the pointer and the arrow keys, and the values in a table for
//! who can't see the picture.

mod axis;
mod chart;
mod drawing;
mod figure;
mod geometry;
mod scale;
mod spans;
mod unit;

pub(super) use axis::XAxis;
pub(super) use chart::{Band, Chart, Heat, Limit, Series};
pub(super) use figure::figure;
pub(super) use scale::Scale;
pub(super) use spans::{Span, spans};
pub(super) use unit::Unit;
