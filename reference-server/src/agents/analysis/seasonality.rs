//! Seasonality: how much each place of the cycle (January, Monday, …) is usually above or below the level.
//!
//! Indices are the classical ratios to the centred moving average, their mean by place brought to 1. Whether they
//! mean anything is judged by the autocorrelation of what the straight trend leaves, at the lag of one cycle.

use serde::Serialize;

use super::period::cycle;
use super::series::Dense;
use super::statistic::{least_squares, mean};

/// Indices must be so far apart to be called a season: a tenth of the level.
const LEAST_SPREAD: f64 = 0.1;

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Seasonality {
    /// Periods of one cycle.
    pub cycle: usize,
    /// Index by place of the cycle, 1.0 for the level.
    pub indices: Vec<f64>,
    /// Autocorrelation at the lag of one cycle, -1 to 1.
    pub autocorrelation: f64,
    /// From where on it is taken for more than chance: 2 / √n.
    pub threshold: f64,
    /// Whether there is a season.
    pub seasonal: bool,
    /// Place with the largest index.
    pub peak: usize,
    /// Place with the smallest.
    pub trough: usize,
}

/// Autocorrelation at `lag`; `None` where there is no variance, or not enough values.
#[must_use]
pub fn autocorrelation(values: &[f64], lag: usize) -> Option<f64> {
    let middle = mean(values).filter(|_| lag < values.len())?;
    let total: f64 = values.iter().map(|value| (value - middle).powi(2)).sum();
    // Rounding of values that are all the same leaves a little.
    let tiny = f64::EPSILON * middle.abs().max(1.0) * values.len() as f64;
    if total <= tiny * tiny {
        return None;
    }
    let shared: f64 =
        values.iter().zip(&values[lag..]).map(|(one, later)| (one - middle) * (later - middle)).sum();
    Some(shared / total)
}

/// Centred moving average over one cycle; `None` near the ends.
fn moving_average(values: &[f64], cycle: usize, at: usize) -> Option<f64> {
    let half = cycle / 2;
    let from = at.checked_sub(half)?;
    let window = values.get(from..=at + half)?;
    let sum: f64 = window.iter().sum();
    if cycle % 2 == 1 {
        return Some(sum / cycle as f64);
    }
    // Of an even cycle, the two ends are the same place and count half each.
    let ends = f64::midpoint(window[0], window[window.len() - 1]);
    Some((sum - ends) / cycle as f64)
}

/// Looks for a season; `None` below two whole cycles or where the level is not above 0.
#[must_use]
pub fn seasonality(series: &super::Series) -> Option<Seasonality> {
    of_dense(&series.dense()?)
}

pub(super) fn of_dense(dense: &Dense) -> Option<Seasonality> {
    let values = &dense.values;
    let cycle = cycle(dense.grain).filter(|cycle| values.len() >= 2 * cycle)?;
    let mut ratios: Vec<Vec<f64>> = vec![Vec::new(); cycle];
    for (at, value) in values.iter().enumerate() {
        if let Some(level) = moving_average(values, cycle, at).filter(|level| *level > 0.0) {
            ratios[dense.period(at).place()].push(value / level);
        }
    }
    let indices: Vec<f64> = ratios.iter().map(|ratios| mean(ratios)).collect::<Option<_>>()?;
    let level = mean(&indices).filter(|level| *level > 0.0)?;
    let indices: Vec<f64> = indices.iter().map(|index| index / level).collect();
    let trend = least_squares(values)?;
    let left: Vec<f64> = values.iter().enumerate().map(|(at, value)| value - trend.at(at)).collect();
    let autocorrelation = autocorrelation(&left, cycle).unwrap_or(0.0);
    let threshold = 2.0 / (values.len() as f64).sqrt();
    let place = |best: Option<(usize, &f64)>| best.map_or(0, |(place, _)| place);
    let peak = place(indices.iter().enumerate().max_by(|one, other| one.1.total_cmp(other.1)));
    let trough = place(indices.iter().enumerate().min_by(|one, other| one.1.total_cmp(other.1)));
    let spread = indices[peak] - indices[trough];
    let seasonal = autocorrelation > threshold && spread >= LEAST_SPREAD;
    Some(Seasonality { cycle, indices, autocorrelation, threshold, seasonal, peak, trough })
}

#[cfg(test)]
mod tests {
    use super::super::series::tests::months;
    use super::*;
    use crate::agents::nlp::Grain;

    #[test]
    fn autocorrelation_by_hand() {
        // Mean 3, deviations -2 -1 0 1 2, squares 10; at lag 1: 2 + 0 + 0 + 2 = 4.
        assert!((autocorrelation(&[1.0, 2.0, 3.0, 4.0, 5.0], 1).unwrap() - 0.4).abs() < 1e-12);
        assert!((autocorrelation(&[1.0, -1.0, 1.0, -1.0], 1).unwrap() + 0.75).abs() < 1e-12);
        assert_eq!(autocorrelation(&[5.0; 9], 2), None);
        assert_eq!(autocorrelation(&[1.0, 2.0], 2), None);
    }

    #[test]
    fn indices_of_a_pure_season_are_the_season() {
        let season = [0.5, 1.0, 1.5, 1.0];
        let values: Vec<f64> = (0..16).map(|at| 200.0 * season[at % 4]).collect();
        let mut series = months(&values);
        series.grain = Grain::Quarter;
        for (at, point) in series.points.iter_mut().enumerate() {
            point.period = format!("{}-Q{}", 2020 + at / 4, at % 4 + 1);
        }
        let found = seasonality(&series).unwrap();
        for (index, expected) in found.indices.iter().zip(season) {
            assert!((index - expected).abs() < 1e-12, "{found:?}");
        }
        assert!(found.seasonal && found.peak == 2 && found.trough == 0 && found.cycle == 4);
        // Squares of one cycle: 0.25 + 0 + 0.25 + 0, nothing left by the trend but a little: 12 of 16 overlap.
        assert!(found.autocorrelation > 0.6 && found.autocorrelation < 0.8, "{found:?}");
    }

    #[test]
    fn an_even_series_has_no_season_and_a_short_one_is_not_judged() {
        let found = seasonality(&months(&[100.0; 36])).unwrap();
        assert!(!found.seasonal);
        assert!(found.indices.iter().all(|index| (index - 1.0).abs() < 1e-12));
        assert_eq!(seasonality(&months(&[1.0; 23])), None);
        assert_eq!(seasonality(&months(&[0.0; 36])), None);
    }
}
