//! The rows of a run as the charts show them.

use super::plot::{Band, Series, XAxis};
use crate::hdr::{Second, TagSeconds};
use crate::model::{LoadReport, TimelineRow};

/// Points a line is drawn with at most; an hour at one row a second becomes one point every 14 s.
const MOST_POINTS: usize = 260;

/// Rows, gathered where there are too many.
pub(super) struct Timeline<'a> {
    load: &'a LoadReport,
    rows: &'a [TimelineRow],
    /// Rows that one point stands for.
    pub(super) step: usize,
}

impl<'a> Timeline<'a> {
    pub(super) fn new(load: &'a LoadReport) -> Self {
        let rows = load.timeline.as_slice();
        Self { load, rows, step: rows.len().div_ceil(MOST_POINTS).max(1) }
    }

    /// The rows as they were measured.
    pub(super) fn rows(&self) -> &'a [TimelineRow] {
        self.rows
    }

    /// The axis shared by every chart over time.
    pub(super) fn axis(&self) -> XAxis {
        // A row stands at the end of its second, a point at the end of its rows.
        let ends = self.rows.chunks(self.step).filter_map(|chunk| chunk.last()).map(|row| row.t);
        XAxis::time(&ends.collect::<Vec<_>>())
    }

    /// Begin and end of each point's stretch of time, as positions on the axis.
    pub(super) fn columns(&self) -> Vec<(f64, f64)> {
        let positions = self.axis().positions;
        let mut from = 0.0;
        let column = |to: &f64| {
            let column = (from, *to);
            from = *to;
            column
        };
        positions.iter().map(column).collect()
    }

    /// One line: the largest value of each point's rows. For percentiles, of which the worst is what matters.
    pub(super) fn largest(&self, name: &'static str, of: impl Fn(&TimelineRow) -> Option<f64>) -> Series {
        let chunks = self.rows.chunks(self.step);
        Series::new(name, chunks.map(|chunk| chunk.iter().filter_map(&of).reduce(f64::max)).collect())
    }

    /// One line: smallest and largest value of each point's rows, so that no dip and no spike is averaged away.
    pub(super) fn range(&self, name: &'static str, of: impl Fn(&TimelineRow) -> Option<f64>) -> Series {
        let mut series = self.largest(name, &of);
        if self.step > 1 {
            let chunks = self.rows.chunks(self.step);
            series.lows = chunks.map(|chunk| chunk.iter().filter_map(&of).reduce(f64::min)).collect();
        }
        series
    }

    /// The intervals of a histogram log, by point.
    pub(super) fn gathered<'s>(&self, tag: &'s TagSeconds) -> Vec<Vec<&'s Second>> {
        let mut points = vec![Vec::new(); self.rows.len().div_ceil(self.step)];
        for second in &tag.seconds {
            // Interval and row of a second end at the same moment.
            let row = self.rows.partition_point(|row| row.t < second.until_s - 0.5);
            if let Some(point) = points.get_mut(row.min(self.rows.len().saturating_sub(1)) / self.step) {
                point.push(second);
            }
        }
        points
    }

    /// One line of a histogram log: the largest value of each point's intervals.
    pub(super) fn largest_of(&self, name: &'static str, tag: &TagSeconds, of: fn(&Second) -> f64) -> Series {
        let largest = |seconds: Vec<&Second>| seconds.into_iter().map(of).reduce(f64::max);
        Series::new(name, self.gathered(tag).into_iter().map(largest).collect())
    }

    /// Ramp, drain, and what was done to the system, as bands.
    pub(super) fn bands(&self) -> Vec<Band> {
        let end = self.rows.last().map_or(1.0, |row| row.t.max(1.0));
        let mut bands: Vec<Band> = Vec::new();
        for (at, row) in self.rows.iter().enumerate() {
            if row.phase == "steady" {
                continue;
            }
            // A row stands at the end of its second.
            let from = at.checked_sub(1).map_or(0.0, |before| self.rows[before].t) / end;
            match bands.last_mut() {
                Some(band) if at > 0 && self.rows[at - 1].phase == row.phase => band.to = row.t / end,
                _ => bands.push(Band { from, to: row.t / end, name: row.phase.clone() }),
            }
        }
        bands.extend(self.load.actions.iter().filter(|action| action.error.is_none()).map(|action| Band {
            from: (action.from_s / end).clamp(0.0, 1.0),
            to: (action.until_s.unwrap_or(action.from_s) / end).clamp(0.0, 1.0),
            name: action.name.clone(),
        }));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn a_dip_of_one_second_is_seen_in_an_hour() {
        let mut load = sample::gate_pass().load.unwrap();
        let row = load.timeline[30].clone();
        load.timeline =
            (1..=3_600).map(|t| TimelineRow { t: f64::from(t), received: 1_000, ..row.clone() }).collect();
        load.timeline[1_800].received = 3;
        load.timeline[1_801].received = 9_000;
        let timeline = Timeline::new(&load);
        let received = timeline.range("received", |row| Some(row.received as f64));
        let low = received.lows.iter().flatten().copied().fold(f64::MAX, f64::min);
        let high = received.values.iter().flatten().copied().fold(0.0, f64::max);
        assert_eq!((low, high), (3.0, 9_000.0));
        assert!(received.values.len() <= MOST_POINTS);
    }

    #[test]
    fn intervals_of_the_log_stand_at_the_rows_of_their_second() {
        let mut load = sample::gate_pass().load.unwrap();
        let row = load.timeline[30].clone();
        load.timeline = (1..=5).map(|t| TimelineRow { t: f64::from(t) + 0.01, ..row.clone() }).collect();
        let second =
            |until_s, count| Second { until_s, count, p50: 1, p90: 1, p99: 1, max: 1, cells: Vec::new() };
        let tag = TagSeconds {
            tag: "a".to_owned(),
            seconds: vec![second(2.01, 7), second(5.0, 8), second(99.0, 9)],
        };
        let timeline = Timeline::new(&load);
        let counts: Vec<Vec<u64>> = timeline
            .gathered(&tag)
            .iter()
            .map(|point| point.iter().map(|second| second.count).collect())
            .collect();
        assert_eq!(counts, [vec![], vec![7], vec![], vec![], vec![8, 9]]);
    }
}
