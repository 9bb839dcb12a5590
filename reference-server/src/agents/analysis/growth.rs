//! Growth: from period to period, over a year, per year on average, and the straight line through all of it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::period::{cycle, per_year};
use super::series::Dense;
use super::statistic::{Line, least_squares, mean};

/// A change from one period to a later one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// Label of the earlier period.
    pub from: String,
    /// Label of the later one.
    pub to: String,
    /// Change in shares of the earlier value: 0.1 is 10 % more.
    pub rate: f64,
}

/// Compound annual growth rate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cagr {
    /// First year, or period.
    pub from: String,
    /// Last year, or period.
    pub to: String,
    /// Years between them.
    pub years: f64,
    /// Value of the first, and of the last.
    pub values: (f64, f64),
    /// Rate a year: 0.1 is 10 %.
    pub rate: f64,
    /// Whether whole years were compared.
    pub whole_years: bool,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Growth {
    /// The last period against the one before.
    pub latest: Option<Change>,
    /// Mean of the changes from period to period.
    pub mean_rate: Option<f64>,
    /// The largest rise.
    pub rise: Option<Change>,
    /// The largest fall.
    pub fall: Option<Change>,
    /// The last period against the same one a year before.
    pub over_a_year: Option<Change>,
    /// Growth a year, over all years.
    pub cagr: Option<Cagr>,
    /// The line of least squares through all periods.
    pub trend: Option<Line>,
}

/// Compound annual growth rate from `first` to `last`; `None` where there is none.
#[must_use]
pub fn cagr(first: f64, last: f64, years: f64) -> Option<f64> {
    (first > 0.0 && last > 0.0 && years > 0.0).then(|| (last / first).powf(years.recip()) - 1.0)
}

/// The change from `earlier` to `later` as a share of `earlier`; `None` where that is 0.
fn rate(earlier: f64, later: f64) -> Option<f64> {
    (earlier != 0.0).then(|| (later - earlier) / earlier.abs())
}

fn change(dense: &Dense, from: usize, to: usize) -> Option<Change> {
    let rate = rate(*dense.values.get(from)?, *dense.values.get(to)?)?;
    Some(Change { from: dense.label(from), to: dense.label(to), rate })
}

/// Change of the last period against the same one a year before.
#[must_use]
pub fn year_over_year(values: &[f64], periods_of_a_year: usize) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    rate(values[last.checked_sub(periods_of_a_year)?], values[last])
}

/// Computes all of it.
#[must_use]
pub fn growth(series: &super::Series) -> Option<Growth> {
    series.dense().map(|dense| of_dense(&dense, series.additive))
}

pub(super) fn of_dense(dense: &Dense, additive: bool) -> Growth {
    let changes: Vec<Change> = (1..dense.values.len()).filter_map(|at| change(dense, at - 1, at)).collect();
    let by_rate = |one: &&Change, other: &&Change| one.rate.total_cmp(&other.rate);
    let last = dense.values.len().saturating_sub(1);
    let year = usize::try_from(per_year(dense.grain)).unwrap_or(1);
    let over_a_year = cycle(dense.grain)
        .filter(|_| year < 60)
        .and_then(|_| last.checked_sub(year))
        .and_then(|before| change(dense, before, last));
    Growth {
        latest: (last > 0).then(|| change(dense, last - 1, last)).flatten(),
        mean_rate: mean(&changes.iter().map(|change| change.rate).collect::<Vec<_>>()),
        rise: changes.iter().max_by(by_rate).filter(|change| change.rate > 0.0).cloned(),
        fall: changes.iter().min_by(by_rate).filter(|change| change.rate < 0.0).cloned(),
        over_a_year,
        cagr: over_years(dense, additive),
        trend: least_squares(&dense.values).filter(|_| dense.values.len() > 2),
    }
}

/// Over whole years where there are two of them; else from the first to the last period, if they are at least
/// two years apart.
fn over_years(dense: &Dense, additive: bool) -> Option<Cagr> {
    let mut years: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
    for (at, value) in dense.values.iter().enumerate() {
        years.entry(dense.period(at).year()).or_default().push(*value);
    }
    let whole = usize::try_from(per_year(dense.grain)).unwrap_or(1);
    years.retain(|_, values| values.len() >= whole);
    let of_year = |values: &Vec<f64>| if additive { Some(values.iter().sum()) } else { mean(values) };
    if let (Some((from, first)), Some((to, last))) = (years.first_key_value(), years.last_key_value())
        && from < to
    {
        let values: (f64, f64) = (of_year(first)?, of_year(last)?);
        let years = (to - from) as f64;
        let rate = cagr(values.0, values.1, years)?;
        return Some(Cagr {
            from: from.to_string(),
            to: to.to_string(),
            years,
            values,
            rate,
            whole_years: true,
        });
    }
    let last = dense.values.len().checked_sub(1)?;
    let years = last as f64 / per_year(dense.grain) as f64;
    let values = (dense.values[0], dense.values[last]);
    let rate = cagr(values.0, values.1, years).filter(|_| years >= 2.0)?;
    Some(Cagr { from: dense.label(0), to: dense.label(last), years, values, rate, whole_years: false })
}

#[cfg(test)]
mod tests {
    use super::super::series::tests::months;
    use super::*;

    fn near(one: f64, other: f64) -> bool {
        (one - other).abs() < 1e-9
    }

    #[test]
    fn rates_by_hand() {
        assert!(near(cagr(100.0, 121.0, 2.0).unwrap(), 0.1));
        assert!(near(cagr(100.0, 25.0, 2.0).unwrap(), -0.5));
        assert_eq!((cagr(0.0, 1.0, 1.0), cagr(1.0, -1.0, 1.0), cagr(1.0, 1.0, 0.0)), (None, None, None));
        assert!(near(year_over_year(&[80.0, 1.0, 2.0, 3.0, 100.0], 4).unwrap(), 0.25));
        assert_eq!(year_over_year(&[80.0], 4), None);
        assert!(near(rate(-50.0, -25.0).unwrap(), 0.5));
    }

    #[test]
    fn from_period_to_period_by_hand() {
        let found = growth(&months(&[100.0, 150.0, 120.0, 0.0, 60.0])).unwrap();
        let rise = found.rise.unwrap();
        assert!(near(rise.rate, 0.5) && rise.from == "2022-01" && rise.to == "2022-02");
        // From 0 there is no rate, so the largest fall is to 0 and the latest change has none.
        assert!(near(found.fall.unwrap().rate, -1.0));
        assert_eq!(found.latest, None);
        assert!(near(found.mean_rate.unwrap(), (0.5 - 0.2 - 1.0) / 3.0));
        assert_eq!((found.cagr, found.over_a_year), (None, None));
    }

    #[test]
    fn whole_years_are_compared_as_sums_or_as_means() {
        // 12 months of 100, 12 of 110, 3 of the next year.
        let values: Vec<f64> = [vec![100.0; 12], vec![110.0; 12], vec![500.0; 3]].concat();
        let mut series = months(&values);
        let found = growth(&series).unwrap().cagr.unwrap();
        assert_eq!(
            (found.from.as_str(), found.to.as_str(), found.values),
            ("2022", "2023", (1_200.0, 1_320.0))
        );
        assert!(near(found.rate, 0.1) && found.whole_years);
        series.additive = false;
        assert_eq!(growth(&series).unwrap().cagr.unwrap().values, (100.0, 110.0));
        let over = growth(&series).unwrap().over_a_year.unwrap();
        assert!(near(over.rate, 390.0 / 110.0) && over.from == "2023-03");
    }
}
