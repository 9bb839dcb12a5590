//! Small line charts as inline SVG.
//!
//! A chart says one thing, in its title. Lines are labelled at their ends and differ in colour and dash, limits
//! are lines, the value axis begins at zero. The picture is drawn twice, wide and narrow, and the style sheet
//! shows the one that fits: text in it keeps its size on a telephone. The values stand in a JSON script for
//! the pointer and the arrow keys, and once more in a table for who can't see the picture.

mod axis;
mod chart;
mod drawing;
mod figure;
mod unit;

pub(super) use axis::XAxis;
pub(super) use chart::{Band, Chart, Limit, Series};
pub(super) use figure::figure;
pub(super) use unit::Unit;
