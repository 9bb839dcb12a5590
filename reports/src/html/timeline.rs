//! The rows of a run as the charts show them.

use super::plot::{Band, Series, XAxis};
use crate::model::TimelineRow;

/// Points a line is drawn with at most; an hour at one row a second becomes one point every 15 s.
const MOST_POINTS: usize = 260;

/// Rows, gathered where there are too many.
pub(super) struct Timeline<'a> {
    rows: &'a [TimelineRow],
    /// Rows that one point stands for.
    pub(super) step: usize,
}

impl<'a> Timeline<'a> {
    pub(super) fn new(rows: &'a [TimelineRow]) -> Self {
        Self { rows, step: rows.len().div_ceil(MOST_POINTS).max(1) }
    }

    /// The rows as they were measured.
    pub(super) fn rows(&self) -> &'a [TimelineRow] {
        self.rows
    }

    /// The axis shared by every chart over time.
    pub(super) fn axis(&self) -> XAxis {
        XAxis::time(&self.rows.chunks(self.step).map(|chunk| chunk[0].t).collect::<Vec<_>>())
    }

    /// One line: the largest value of each point's rows. For percentiles and memory, where a mean would hide
    /// what happened.
    pub(super) fn largest(&self, name: &'static str, of: impl Fn(&TimelineRow) -> Option<f64>) -> Series {
        let values =
            self.rows.chunks(self.step).map(|chunk| chunk.iter().filter_map(&of).reduce(f64::max)).collect();
        Series { name, values }
    }

    /// One line: the mean of each point's rows. For rates and processor time.
    pub(super) fn mean(&self, name: &'static str, of: impl Fn(&TimelineRow) -> Option<f64>) -> Series {
        let values = self.rows.chunks(self.step).map(|chunk| mean(chunk.iter().filter_map(&of))).collect();
        Series { name, values }
    }

    /// Ramp and drain, as bands.
    pub(super) fn bands(&self) -> Vec<Band> {
        let end = self.rows.last().map_or(1.0, |row| row.t.max(1.0));
        let mut bands: Vec<Band> = Vec::new();
        for (at, row) in self.rows.iter().enumerate() {
            if row.phase == "steady" {
                continue;
            }
            let to = self.rows.get(at + 1).map_or(row.t, |next| next.t) / end;
            match bands.last_mut() {
                Some(band) if at > 0 && self.rows[at - 1].phase == row.phase => band.to = to,
                _ => bands.push(Band { from: row.t / end, to, name: row.phase.clone() }),
            }
        }
        bands
    }

    /// Rows of the steady phase; all of them when no row says so.
    pub(super) fn steady(&self) -> Vec<&'a TimelineRow> {
        let steady: Vec<_> = self.rows.iter().filter(|row| row.phase == "steady").collect();
        if steady.is_empty() { self.rows.iter().collect() } else { steady }
    }

    /// What a point stands for, when it is more than a row.
    pub(super) fn note(&self, how: &str) -> String {
        match self.step {
            1 => String::new(),
            step => format!(", {how} of {step} s a point"),
        }
    }
}

/// The row with the largest value.
pub(super) fn peak<'a>(
    rows: impl IntoIterator<Item = &'a TimelineRow>,
    of: impl Fn(&TimelineRow) -> Option<f64>,
) -> Option<(&'a TimelineRow, f64)> {
    rows.into_iter()
        .filter_map(|row| Some((row, of(row)?)))
        .reduce(|best, next| if next.1 > best.1 { next } else { best })
}

/// The mean of `values`, `None` when there are none.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0u32), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}
