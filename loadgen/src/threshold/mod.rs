//! Thresholds: a run is judged by the limits of its scenario, and ended early by those that say so.
//!
//! The language itself, with its mistakes told by line and column, is [`scenarios::threshold`]; here its figures
//! are looked up and judged. A figure that was not measured never keeps a limit. A figure that is only known
//! within an interval keeps it when the worse end does.

mod abort;
mod judge;
mod live_figures;
mod load_figures;

use scenarios::threshold::Measure;

use crate::statistics::Interval;

pub use abort::{Broken, Watch};
pub use judge::{is_missed, judge, judge_thresholds};
pub use live_figures::{LiveFigures, is_live};
pub(crate) use load_figures::Measured;

/// What was measured, in base units: microseconds, share of one, KiB or number; per second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figure {
    /// The figure.
    pub value: f64,
    /// Where it lies, when it is only estimated.
    pub interval: Option<Interval>,
}

impl Figure {
    /// A figure that was counted or measured as it is.
    pub fn exact(value: f64) -> Self {
        Self { value, interval: None }
    }
}

/// Where figures are looked up.
pub trait Figures {
    /// The figure of `measure`; `None` when it was not measured.
    fn figure(&self, measure: &Measure) -> Option<Figure>;
}
