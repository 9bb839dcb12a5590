//! What is to be drawn.

use super::axis::round_ticks;
use super::{Unit, XAxis};

/// One line of a chart.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::html) struct Series {
    /// Its name, written at its end.
    pub(in crate::html) name: &'static str,
    /// One value a position of the axis; `None` leaves a gap.
    pub(in crate::html) values: Vec<Option<f64>>,
}

impl Series {
    /// The largest value.
    pub(super) fn max(&self) -> Option<f64> {
        self.values.iter().flatten().copied().filter(|v| v.is_finite()).reduce(f64::max)
    }
}

/// A value that should not be passed.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::html) struct Limit {
    /// Where it lies.
    pub(in crate::html) value: f64,
    /// What it is, such as `limit 100 ms`.
    pub(in crate::html) label: String,
}

/// A stretch of the horizontal axis with a name, from and to being positions.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::html) struct Band {
    pub(in crate::html) from: f64,
    pub(in crate::html) to: f64,
    pub(in crate::html) name: String,
}

/// A line chart.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::html) struct Chart {
    /// Unique in the page.
    pub(in crate::html) id: String,
    /// The message, in words.
    pub(in crate::html) title: String,
    /// What is measured, and in which unit.
    pub(in crate::html) subtitle: String,
    /// The horizontal axis.
    pub(in crate::html) x: XAxis,
    /// Unit of the values.
    pub(in crate::html) unit: Unit,
    /// The lines.
    pub(in crate::html) series: Vec<Series>,
    /// Limits, drawn where they are within reach of the values.
    pub(in crate::html) limits: Vec<Limit>,
    /// Stretches to shade.
    pub(in crate::html) bands: Vec<Band>,
    /// Charts of one group show the same moment at the same time.
    pub(in crate::html) group: &'static str,
    /// True for a chart that is shown small, beside others.
    pub(in crate::html) small: bool,
}

impl Chart {
    /// Ticks of the value axis: round in the unit that is shown.
    pub(super) fn ticks(&self) -> Vec<f64> {
        let top = self.top();
        let (divisor, _) = self.unit.steps(top);
        round_ticks(top / divisor, 4.0).into_iter().map(|tick| tick * divisor).collect()
    }

    /// The largest value that has to fit, limits within reach included.
    fn top(&self) -> f64 {
        let data = self.series.iter().filter_map(Series::max).fold(self.unit.least_top(), f64::max);
        self.limits_in_reach().map(|limit| limit.value).fold(data, f64::max)
    }

    /// Limits that can be drawn without pressing the lines flat.
    pub(super) fn limits_in_reach(&self) -> impl Iterator<Item = &Limit> {
        let data = self.series.iter().filter_map(Series::max).fold(self.unit.least_top(), f64::max);
        self.limits.iter().filter(move |limit| limit.value <= data * 4.0)
    }

    /// Limits that lie far above the picture.
    pub(super) fn limits_out_of_reach(&self) -> impl Iterator<Item = &Limit> {
        let data = self.series.iter().filter_map(Series::max).fold(self.unit.least_top(), f64::max);
        self.limits.iter().filter(move |limit| limit.value > data * 4.0)
    }
}
