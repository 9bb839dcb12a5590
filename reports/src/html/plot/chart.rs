//! What is to be drawn.

use std::borrow::Cow;

use super::scale::{Scale, ValueAxis};
use super::{Unit, XAxis};

/// One line of a chart.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::html) struct Series {
    /// Its name, written at its end.
    pub(in crate::html) name: Cow<'static, str>,
    /// One value a position of the axis; `None` leaves a gap. Where a position stands for several values this is
    /// the largest.
    pub(in crate::html) values: Vec<Option<f64>>,
    /// The smallest of each position, where positions stand for several values and both matter; else empty.
    pub(in crate::html) lows: Vec<Option<f64>>,
}

impl Series {
    /// A line of single values.
    pub(in crate::html) fn new(name: impl Into<Cow<'static, str>>, values: Vec<Option<f64>>) -> Self {
        Self { name: name.into(), values, lows: Vec::new() }
    }

    fn finite(&self) -> impl Iterator<Item = f64> {
        self.values.iter().chain(&self.lows).flatten().copied().filter(|value| value.is_finite())
    }

    /// The largest value.
    pub(super) fn max(&self) -> Option<f64> {
        self.finite().reduce(f64::max)
    }

    /// The value at whose height its name stands: the last one, or, where the end is not `typical`, the median of
    /// the last quarter.
    pub(super) fn end(&self, typical: bool) -> Option<f64> {
        let mut known: Vec<f64> = self.values.iter().flatten().copied().collect();
        if !typical {
            return known.last().copied();
        }
        let mut quarter = known.split_off(known.len() * 3 / 4);
        quarter.sort_by(f64::total_cmp);
        quarter.get(quarter.len() / 2).copied()
    }

    /// The smallest value above zero.
    fn least(&self) -> Option<f64> {
        self.finite().filter(|value| *value > 0.0).reduce(f64::min)
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

/// Rectangles behind the lines: how many values lie in each cell of time and size.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::html) struct Heat {
    /// Lowest and highest value of the cells: the value axis goes exactly so far.
    pub(in crate::html) from: f64,
    pub(in crate::html) to: f64,
    /// Begin and end of each column, as positions.
    pub(in crate::html) columns: Vec<(f64, f64)>,
    /// Rows of the same height between `from` and `to`.
    pub(in crate::html) rows: usize,
    /// Column, row (the lowest is 0) and darkness of each cell that is not empty.
    pub(in crate::html) cells: Vec<(usize, usize, u8)>,
}

/// A line chart.
#[derive(Debug, Clone, Default, PartialEq)]
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
    /// How the values become heights.
    pub(in crate::html) scale: Scale,
    /// The lines.
    pub(in crate::html) series: Vec<Series>,
    /// What lies behind them.
    pub(in crate::html) heat: Option<Heat>,
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
    /// The value axis: round in the unit that is shown.
    pub(super) fn axis(&self) -> ValueAxis {
        let limits = self.limits_in_reach().map(|limit| limit.value);
        let top = limits.fold(self.highest(), f64::max);
        match (self.scale, &self.heat) {
            (_, Some(heat)) => ValueAxis::logarithmic(heat.from, heat.to, true, self.unit),
            (Scale::FromZero, None) => ValueAxis::from_zero(top, self.unit),
            (Scale::Logarithmic, None) => {
                let low = self.series.iter().filter_map(Series::least).fold(top, f64::min);
                ValueAxis::logarithmic(low, top, false, self.unit)
            }
        }
    }

    fn highest(&self) -> f64 {
        self.series.iter().filter_map(Series::max).fold(self.unit.least_top(), f64::max)
    }

    /// A limit that can be drawn without pressing the lines flat.
    fn is_in_reach(&self, limit: &Limit, highest: f64) -> bool {
        match &self.heat {
            Some(heat) => limit.value >= heat.from && limit.value <= heat.to,
            None => limit.value <= highest * 4.0,
        }
    }

    /// Limits to be drawn.
    pub(super) fn limits_in_reach(&self) -> impl Iterator<Item = &Limit> {
        let highest = self.highest();
        self.limits.iter().filter(move |limit| self.is_in_reach(limit, highest))
    }

    /// Limits that lie far above the picture.
    pub(super) fn limits_out_of_reach(&self) -> impl Iterator<Item = &Limit> {
        let highest = self.highest();
        self.limits.iter().filter(move |limit| !self.is_in_reach(limit, highest))
    }
}
