//! What was found, in words with numbers, each with how sure it is.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::growth::{self, Growth};
use super::outliers::{self, Outlier};
use super::period;
use super::seasonality::{self, Seasonality};
use super::series::{Dense, Series, Unit};
use super::text::{amount, moved, percent};

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// Size and stretch of the series.
    Level,
    /// Growth.
    Growth,
    /// Seasonality.
    Seasonality,
    /// A value that is far off.
    Outlier,
    /// What moved it.
    Driver,
    /// What to keep in mind.
    Caveat,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// What it is about.
    pub kind: FindingKind,
    /// In words.
    pub statement: String,
    /// How sure it is, 0 to 1.
    pub confidence: f64,
}

/// Values by group and year.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Groups {
    /// What the groups are.
    pub dimension: String,
    /// Group, year, value.
    pub values: Vec<(String, i64, f64)>,
}

/// How much one group moved.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mover {
    /// The group.
    pub group: String,
    /// Value of the first year, and of the last.
    pub values: (f64, f64),
    /// Its part of the whole change, 1.0 for all of it; null where the whole did not change.
    pub share_of_change: Option<f64>,
}

/// Everything that was computed of a series.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Analysis {
    /// Growth.
    pub growth: Growth,
    /// Seasonality; null where it can't be judged.
    pub seasonality: Option<Seasonality>,
    /// Values far from what was expected, the farthest first.
    pub outliers: Vec<Outlier>,
    /// Groups by how much they moved.
    pub movers: Vec<Mover>,
    /// All of it in words.
    pub findings: Vec<Finding>,
}

/// Most outliers told in words.
const TOLD_OUTLIERS: usize = 5;
/// Most groups told in words.
const TOLD_MOVERS: usize = 3;

/// Computes and words everything; `volume` is how many rows are behind each period, `groups` the measure by some
/// group and year. `None` when the series has no value that can be read.
#[must_use]
pub fn findings(series: &Series, volume: Option<&Series>, groups: Option<&Groups>) -> Option<Analysis> {
    let dense = series.dense()?;
    let growth = growth::of_dense(&dense, series.additive);
    let seasonality = seasonality::of_dense(&dense);
    let outliers = outliers::of_dense(&dense, seasonality.as_ref());
    let movers = groups.map_or_else(Vec::new, |groups| movers(groups, &growth));
    let words = Words { series, dense: &dense };
    let mut findings = vec![words.level()];
    words.growth(&growth, &mut findings);
    words.season(seasonality.as_ref(), &mut findings);
    words.outliers(&outliers, &mut findings);
    if let (Some(groups), true) = (groups, series.additive) {
        words.movers(&groups.dimension, &movers, &growth, &mut findings);
    }
    words.volume(volume, &growth, &mut findings);
    words.caveats(&mut findings);
    Some(Analysis { growth, seasonality, outliers, movers, findings })
}

/// Groups by how much they moved between the years that growth compares.
fn movers(groups: &Groups, growth: &Growth) -> Vec<Mover> {
    let years = growth.cagr.as_ref().filter(|cagr| cagr.whole_years);
    let years = years.and_then(|cagr| Some((cagr.from.parse::<i64>().ok()?, cagr.to.parse::<i64>().ok()?)));
    let Some((from, to)) = years else { return Vec::new() };
    let mut of_group: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for (group, year, value) in &groups.values {
        let values = of_group.entry(group).or_default();
        if *year == from {
            values.0 += value;
        } else if *year == to {
            values.1 += value;
        }
    }
    let whole: f64 = of_group.values().map(|(before, after)| after - before).sum();
    let mut movers: Vec<Mover> = of_group
        .into_iter()
        .map(|(group, values)| Mover {
            group: group.to_owned(),
            values,
            share_of_change: (whole != 0.0).then(|| (values.1 - values.0) / whole),
        })
        .collect();
    let moved = |mover: &Mover| (mover.values.1 - mover.values.0).abs();
    movers.sort_by(|one, other| moved(other).total_cmp(&moved(one)));
    movers
}

/// Words for one series.
struct Words<'a> {
    series: &'a Series,
    dense: &'a Dense,
}

impl Words<'_> {
    fn amount(&self, value: f64) -> String {
        amount(self.series.unit, value)
    }

    fn push(&self, findings: &mut Vec<Finding>, kind: FindingKind, statement: String, confidence: f64) {
        // Two digits are all the sense there is in it.
        let confidence = (confidence.clamp(0.0, 1.0) * 100.0).round() / 100.0;
        findings.push(Finding { kind, statement, confidence });
    }

    fn level(&self) -> Finding {
        let values = &self.dense.values;
        let (count, grain) = (values.len(), self.series.grain.name());
        let sum: f64 = values.iter().sum();
        let (from, to) = (self.dense.label(0), self.dense.label(count - 1));
        let mean = self.amount(sum / count as f64);
        let statement = if self.series.additive {
            let sum = self.amount(sum);
            format!("{}: {sum} from {from} to {to}, {mean} a {grain} on average.", self.series.title)
        } else {
            format!("{}: {mean} on average of {count} {grain}s from {from} to {to}.", self.series.title)
        };
        Finding { kind: FindingKind::Level, statement, confidence: 1.0 }
    }

    fn growth(&self, growth: &Growth, findings: &mut Vec<Finding>) {
        let kind = FindingKind::Growth;
        if let Some(cagr) = &growth.cagr {
            let (first, last) = (self.amount(cagr.values.0), self.amount(cagr.values.1));
            let how = moved(cagr.rate);
            let rate = if cagr.years > 1.0 { format!("it {how} a year (CAGR)") } else { format!("it {how}") };
            let statement = format!("From {first} in {} to {last} in {}: {rate}.", cagr.from, cagr.to);
            self.push(findings, kind, statement, if cagr.whole_years { 0.95 } else { 0.7 });
        }
        if let Some(change) = &growth.over_a_year {
            let statement = format!("{} against {}: it {}.", change.to, change.from, moved(change.rate));
            self.push(findings, kind, statement, 0.9);
        }
        if let Some(change) = &growth.latest {
            let statement = format!("From {} to {} it {}.", change.from, change.to, moved(change.rate));
            self.push(findings, kind, statement, 0.9);
        }
        if let (Some(rise), Some(fall)) = (&growth.rise, &growth.fall) {
            let (up, down) = (percent(rise.rate), percent(fall.rate));
            let statement = format!(
                "The largest rise was {up} ({} to {}), the largest fall {down} ({} to {}).",
                rise.from, rise.to, fall.from, fall.to
            );
            self.push(findings, kind, statement, 0.9);
        }
        if let Some(trend) = &growth.trend {
            let word = if trend.slope < 0.0 { "down" } else { "up" };
            let (slope, grain) = (self.amount(trend.slope.abs()), self.series.grain.name());
            let statement = format!(
                "The straight trend goes {word} by {slope} a {grain} and explains {} of the variance.",
                percent(trend.r_squared)
            );
            self.push(findings, kind, statement, trend.r_squared);
        }
    }

    fn season(&self, season: Option<&Seasonality>, findings: &mut Vec<Finding>) {
        let kind = FindingKind::Seasonality;
        let Some(season) = season else {
            if let Some(cycle) = period::cycle(self.series.grain) {
                let statement = format!(
                    "Seasonality can't be judged: it takes two whole cycles, {} {}s.",
                    2 * cycle,
                    self.series.grain.name()
                );
                self.push(findings, FindingKind::Caveat, statement, 1.0);
            }
            return;
        };
        let (correlation, lag) = (season.autocorrelation, season.cycle);
        if !season.seasonal {
            let statement = format!(
                "No season stands out (autocorrelation {correlation:.2} at lag {lag}, chance reaches {:.2}).",
                season.threshold
            );
            self.push(findings, kind, statement, 1.0 - correlation.max(0.0));
            return;
        }
        let name = |place: usize| period::place_name(self.series.grain, place);
        let index = |place: usize| (season.indices[place] - 1.0) * 100.0;
        let statement = format!(
            "There is a season: {} is {:+.1} % to the level, {} {:+.1} % (autocorrelation {correlation:.2} at lag {lag}).",
            name(season.peak),
            index(season.peak),
            name(season.trough),
            index(season.trough)
        );
        self.push(findings, kind, statement, correlation.max(0.5));
    }

    fn outliers(&self, outliers: &[Outlier], findings: &mut Vec<Finding>) {
        if outliers.is_empty() {
            let statement = "No period is far from what trend and season lead to expect.".to_owned();
            self.push(findings, FindingKind::Outlier, statement, 0.9);
        }
        for outlier in outliers.iter().take(TOLD_OUTLIERS) {
            let (value, expected) = (self.amount(outlier.value), self.amount(outlier.expected));
            let statement = format!(
                "{} is far off: {value} where {expected} was to be expected (robust z {:+.1}).",
                outlier.period, outlier.z
            );
            self.push(findings, FindingKind::Outlier, statement, 1.0 - 1.75 / outlier.z.abs());
        }
        if let Some(more @ 1..) = outliers.len().checked_sub(TOLD_OUTLIERS) {
            self.push(findings, FindingKind::Outlier, format!("{more} more periods are far off."), 0.9);
        }
    }

    fn movers(&self, dimension: &str, movers: &[Mover], growth: &Growth, findings: &mut Vec<Finding>) {
        let Some(cagr) = &growth.cagr else { return };
        for mover in movers.iter().take(TOLD_MOVERS) {
            let change = mover.values.1 - mover.values.0;
            let part = match mover.share_of_change {
                Some(share) if share.abs() <= 2.0 => format!(", {} of the whole change", signed(share)),
                _ => String::new(),
            };
            let sign = if change < 0.0 { "" } else { "+" };
            let statement = format!(
                "By {dimension}, {} moved {sign}{} from {} to {}{part}.",
                mover.group,
                self.amount(change),
                cagr.from,
                cagr.to
            );
            self.push(findings, FindingKind::Driver, statement, 0.9);
        }
    }

    /// Whether more of them, or more of each.
    fn volume(&self, volume: Option<&Series>, growth: &Growth, findings: &mut Vec<Finding>) {
        let Some((volume, cagr)) = volume.zip(growth.cagr.as_ref()) else { return };
        if !self.series.additive || !cagr.whole_years || self.series.unit != Unit::MoneyCents {
            return;
        }
        let counted = growth::growth(volume).and_then(|growth| growth.cagr).filter(|counted| {
            (&counted.from, &counted.to) == (&cagr.from, &cagr.to) && counted.values.0 > 0.0
        });
        let Some(counted) = counted else { return };
        let each = (cagr.values.0 / counted.values.0, cagr.values.1 / counted.values.1);
        let statement = format!(
            "{} {} from {} to {}; the value of each {} ({} to {}).",
            volume.title,
            moved(counted.values.1 / counted.values.0 - 1.0),
            cagr.from,
            cagr.to,
            moved(each.1 / each.0 - 1.0),
            self.amount(each.0),
            self.amount(each.1)
        );
        self.push(findings, FindingKind::Driver, statement, 0.9);
    }

    fn caveats(&self, findings: &mut Vec<Finding>) {
        if !self.dense.left_out.is_empty() {
            let statement =
                format!("Not complete and therefore left out: {}.", self.dense.left_out.join(", "));
            self.push(findings, FindingKind::Caveat, statement, 1.0);
        }
        if self.dense.filled > 0 {
            let (count, grain) = (self.dense.filled, self.series.grain.name());
            let what = if self.series.additive { "counted as 0" } else { "taken from their neighbours" };
            let statement = format!("{count} {grain}s without any row were {what}.");
            self.push(findings, FindingKind::Caveat, statement, 1.0);
        }
    }
}

fn signed(rate: f64) -> String {
    format!("{}{}", if rate < 0.0 { "-" } else { "" }, percent(rate))
}

#[cfg(test)]
mod tests {
    use super::super::series::tests::months;
    use super::*;

    #[test]
    fn a_series_with_everything_is_told_in_words_with_its_numbers() {
        let mut values: Vec<f64> = [vec![100_000.0; 12], vec![110_000.0; 12], vec![121_000.0; 12]].concat();
        values[30] = 500_000.0;
        let groups = Groups {
            dimension: "region".to_owned(),
            values: vec![
                ("north".to_owned(), 2022, 700_000.0),
                ("south".to_owned(), 2022, 500_000.0),
                ("north".to_owned(), 2024, 1_331_000.0),
                ("south".to_owned(), 2024, 500_000.0),
            ],
        };
        let mut counts = months(&[10.0; 36]);
        counts.title = "Number of orders".to_owned();
        counts.unit = Unit::Number;
        let found = findings(&months(&values), Some(&counts), Some(&groups)).unwrap();
        let told: Vec<&str> = found.findings.iter().map(|finding| finding.statement.as_str()).collect();
        for part in [
            "Revenue: $43,510 from 2022-01 to 2024-12",
            "From $12,000 in 2022 to $18,310 in 2024: it rose by 23.5 % a year (CAGR).",
            "2024-07 is far off: $5,000 where",
            "By region, north moved +$6,310 from 2022 to 2024, 100.0 % of the whole change.",
            "Number of orders stayed the same from 2022 to 2024; the value of each rose by 52.6 %",
            "No season stands out",
        ] {
            assert!(told.iter().any(|statement| statement.contains(part)), "{part}: {told:#?}");
        }
        assert!(found.findings.iter().all(|finding| (0.0..=1.0).contains(&finding.confidence)));
        assert_eq!(findings(&months(&[]), None, None), None);
    }

    proptest::proptest! {
        #[test]
        fn random_values_never_panic(values in proptest::collection::vec(proptest::num::f64::ANY, 0..60)) {
            let series = months(&values);
            if let Some(found) = findings(&series, Some(&series), None) {
                let _ = serde_json::to_value(&found).map(|value| value.to_string());
            }
        }
    }
}
