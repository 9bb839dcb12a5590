//! A series: values of one measure, period by period.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::period::Period;
use crate::agents::nlp::Grain;

/// What values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Money in cents.
    MoneyCents,
    /// Percent.
    Percent,
    /// A plain number.
    Number,
}

/// One value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Label of the period.
    pub period: String,
    /// Its value.
    pub value: f64,
}

/// Values of one measure over time, in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Title for a person.
    pub title: String,
    /// What the values are.
    pub unit: Unit,
    /// What a period is.
    pub grain: Grain,
    /// Whether the values of several periods add up: then a period without rows is one of value 0.
    pub additive: bool,
    /// The values.
    pub points: Vec<Point>,
    /// First and last day of the data behind it: a period that they cut is not complete.
    #[serde(default)]
    pub extent: Option<(String, String)>,
}

/// A series without gaps, whose cut periods at the ends are left out.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Dense {
    pub(super) grain: Grain,
    pub(super) first: Period,
    pub(super) values: Vec<f64>,
    /// Labels of the periods left out at the ends.
    pub(super) left_out: Vec<String>,
    /// Periods without rows: zeros of sums, else values between their neighbours.
    pub(super) filled: usize,
}

/// Most periods a gap may have; of a longer one nothing is made up.
const LONGEST_GAP: i64 = 1_000;

impl Series {
    /// Makes it dense; `None` when nothing can be read of it.
    pub(super) fn dense(&self) -> Option<Dense> {
        let mut known: Vec<(Period, f64)> = Vec::with_capacity(self.points.len());
        for point in self.points.iter().filter(|point| point.value.is_finite()) {
            known.push((Period::read(self.grain, &point.period)?, point.value));
        }
        known.sort_by_key(|(period, _)| *period);
        known.dedup_by_key(|(period, _)| *period);
        let left_out = self.leave_out_cut_periods(&mut known);
        let (first, value) = *known.first()?;
        let mut values = vec![value];
        let mut filled = 0;
        for pair in known.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let gap = to.0.after(from.0);
            if gap > LONGEST_GAP {
                return None;
            }
            for step in 1..gap {
                let between = (to.1 - from.1).mul_add(step as f64 / gap as f64, from.1);
                values.push(if self.additive { 0.0 } else { between });
                filled += 1;
            }
            values.push(to.1);
        }
        Some(Dense { grain: self.grain, first, values, left_out, filled })
    }

    /// The first and the last period, where the data begin or end well inside of them.
    fn leave_out_cut_periods(&self, known: &mut Vec<(Period, f64)>) -> Vec<String> {
        let mut left_out = Vec::new();
        let Some((from, to)) = &self.extent else { return left_out };
        let (Ok(from), Ok(to)) = (from.parse::<Date>(), to.parse::<Date>()) else { return left_out };
        // A tenth of the period may be missing: the last Sunday of a month may just have had no orders.
        let cut = |days: i64, period: Period| days * 10 < period.length_in_days() * 9;
        if let Some((last, _)) = known.last().copied()
            && cut(last.days_until(to), last)
        {
            known.pop();
            left_out.push(last.label());
        }
        if let Some((first, _)) = known.first().copied()
            && cut(first.length_in_days() - first.days_until(from) + 1, first)
        {
            known.remove(0);
            left_out.insert(0, first.label());
        }
        left_out
    }
}

impl Dense {
    /// The period at a place.
    pub(super) fn period(&self, place: usize) -> Period {
        self.first.plus(i64::try_from(place).unwrap_or(0))
    }

    /// The label at a place.
    pub(super) fn label(&self, place: usize) -> String {
        self.period(place).label()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A series of months from January 2022 on.
    pub(in crate::agents::analysis) fn months(values: &[f64]) -> Series {
        let first = Period::read(Grain::Month, "2022-01").unwrap();
        let point = |(at, value): (usize, &f64)| Point {
            period: first.plus(i64::try_from(at).unwrap()).label(),
            value: *value,
        };
        Series {
            title: "Revenue".to_owned(),
            unit: Unit::MoneyCents,
            grain: Grain::Month,
            additive: true,
            points: values.iter().enumerate().map(point).collect(),
            extent: None,
        }
    }

    #[test]
    fn gaps_of_sums_are_zeros_and_of_means_what_lies_between() {
        let mut series = months(&[1.0, 2.0, 5.0]);
        series.points[2].period = "2022-05".to_owned();
        let dense = series.dense().unwrap();
        assert_eq!((dense.values.as_slice(), dense.filled), (&[1.0, 2.0, 0.0, 0.0, 5.0][..], 2));
        assert_eq!(dense.label(4), "2022-05");
        series.additive = false;
        assert_eq!(series.dense().unwrap().values, [1.0, 2.0, 3.0, 4.0, 5.0]);
    }

    #[test]
    fn periods_that_the_data_cut_are_left_out() {
        let mut series = months(&[1.0, 2.0, 3.0]);
        series.extent = Some(("2022-01-20".to_owned(), "2022-03-02".to_owned()));
        let dense = series.dense().unwrap();
        assert_eq!(
            (dense.values, dense.left_out),
            (vec![2.0], vec!["2022-01".to_owned(), "2022-03".to_owned()])
        );
        series.extent = Some(("2022-01-02".to_owned(), "2022-03-30".to_owned()));
        assert_eq!(series.dense().unwrap().values.len(), 3);
        series.points.clear();
        assert_eq!(series.dense(), None);
    }
}
