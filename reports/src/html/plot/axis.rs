//! Axes: where a value lies between 0 and 1, and which ticks it gets.

use crate::wording;

/// The horizontal axis, shared by every series of a chart.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::html) struct XAxis {
    /// What it shows, such as `time since the start`.
    pub(in crate::html) title: &'static str,
    /// Position of each value, from 0 to 1, ascending.
    pub(in crate::html) positions: Vec<f64>,
    /// Each value as text.
    pub(in crate::html) labels: Vec<String>,
    /// Ticks, by position.
    pub(super) ticks: Vec<(f64, String)>,
}

/// Steps between ticks of a time axis, in seconds.
const TIME_STEPS: [f64; 14] =
    [1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_200.0, 1_800.0, 3_600.0, 7_200.0];

/// Percentiles that get a tick.
const PERCENTILES: [f64; 8] = [0.0, 50.0, 90.0, 99.0, 99.9, 99.99, 99.999, 99.9999];

impl XAxis {
    /// Time since the start, in seconds, from 0 to the last of `moments`.
    pub(in crate::html) fn time(moments: &[f64]) -> Self {
        let end = moments.last().copied().unwrap_or(0.0).max(1.0);
        let step = TIME_STEPS.into_iter().find(|step| end / step <= 8.0).unwrap_or((end / 6.0).max(1.0));
        let ticks = multiples(step, end).map(|t| (t / end, wording::clock(t))).collect();
        Self {
            title: "time since the start",
            positions: moments.iter().map(|t| (t / end).clamp(0.0, 1.0)).collect(),
            labels: moments.iter().map(|t| wording::clock(*t)).collect(),
            ticks,
        }
    }

    /// Numbers of something from 0 to the last of `values`.
    pub(in crate::html) fn numbers(title: &'static str, values: &[f64]) -> Self {
        let end = values.last().copied().filter(|end| end.is_finite()).unwrap_or(0.0).max(1.0);
        let ticks = round_ticks(end, 6.0).into_iter().filter(|tick| *tick <= end);
        Self {
            title,
            positions: values.iter().map(|value| (value / end).clamp(0.0, 1.0)).collect(),
            labels: values.iter().map(|value| wording::plain(*value)).collect(),
            ticks: ticks.map(|tick| (tick / end, wording::plain(tick))).collect(),
        }
    }

    /// Percentiles from 0 to 100 on a logarithmic axis: each nine takes the same room, and the largest value
    /// stands at the right edge.
    pub(in crate::html) fn percentiles(percentiles: &[f64]) -> Self {
        let inner = percentiles.iter().copied().filter(|p| *p < 100.0).fold(90.0, f64::max);
        let top = nines(inner) + 0.25;
        let position = |p: f64| if p >= 100.0 { 1.0 } else { (nines(p) / top).clamp(0.0, 1.0) };
        let mut ticks: Vec<_> = PERCENTILES
            .into_iter()
            .filter(|p| *p <= inner)
            .map(|p| (position(p), if p == 0.0 { "0 %".to_owned() } else { format!("{p}") }))
            .filter(|(at, _)| *at < 0.93)
            .collect();
        ticks.push((1.0, "max".to_owned()));
        Self {
            title: "percentile, logarithmic",
            positions: percentiles.iter().map(|p| position(*p)).collect(),
            labels: percentiles.iter().map(|p| percentile_label(*p)).collect(),
            ticks,
        }
    }
}

fn percentile_label(p: f64) -> String {
    if p >= 100.0 {
        return "maximum".to_owned();
    }
    let text = format!("{p:.5}");
    format!("p{}", text.trim_end_matches('0').trim_end_matches('.'))
}

/// Number of nines of a percentile: 90 is 1, 99 is 2.
fn nines(percentile: f64) -> f64 {
    -(1.0 - percentile.clamp(0.0, 99.999_999) / 100.0).log10()
}

/// 0, step, 2 step … up to `end`.
fn multiples(step: f64, end: f64) -> impl Iterator<Item = f64> {
    (0..64).map(move |n| f64::from(n) * step).take_while(move |t| *t <= end * 1.000_1)
}

/// Ticks from zero to the first round value that is not under `max`.
pub(super) fn round_ticks(max: f64, wanted: f64) -> Vec<f64> {
    let max = if max.is_finite() && max > 0.0 { max } else { 1.0 };
    let rough = max / wanted;
    let magnitude = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * magnitude)
        .find(|step| *step >= rough * 0.999)
        .unwrap_or(10.0 * magnitude);
    let count = (max / step * 0.999_9).ceil().clamp(1.0, 12.0) as u32;
    (0..=count).map(|n| f64::from(n) * step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round() {
        assert_eq!(round_ticks(61.0, 4.0), [0.0, 20.0, 40.0, 60.0, 80.0]);
        assert_eq!(round_ticks(100.0, 4.0), [0.0, 25.0, 50.0, 75.0, 100.0]);
        assert_eq!(round_ticks(0.0, 4.0).len(), 5);
        let axis = XAxis::time(&[0.0, 30.0, 72.0]);
        let labels: Vec<_> = axis.ticks.iter().map(|(_, label)| label.as_str()).collect();
        assert_eq!(labels, ["0:00", "0:10", "0:20", "0:30", "0:40", "0:50", "1:00", "1:10"]);
    }

    #[test]
    fn each_nine_takes_the_same_room() {
        let axis = XAxis::percentiles(&[0.0, 50.0, 90.0, 99.0, 99.9, 100.0]);
        let at = &axis.positions;
        assert!(((at[3] - at[2]) - (at[4] - at[3])).abs() < 1e-9);
        assert!((at[5] - 1.0).abs() < 1e-9);
        assert_eq!(axis.labels[4], "p99.9");
    }

    proptest::proptest! {
        #[test]
        fn axes_take_any_number(max in proptest::num::f64::ANY, t in proptest::num::f64::ANY) {
            let ticks = round_ticks(max, 4.0);
            proptest::prop_assert!(ticks.len() >= 2 && ticks.len() <= 13);
            for axis in [XAxis::time(&[t, max]), XAxis::percentiles(&[t, max])] {
                proptest::prop_assert!(axis.ticks.len() <= 65);
            }
        }
    }
}
