//! A straight line through points, with an interval of its slope: is something growing?

use super::error::finite;
use super::{Interval, StatisticsError, batch_means, mean, t_quantile};

/// Fewest points that give an interval.
const FEWEST: usize = 3;

/// The least-squares line through points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Value at zero.
    pub intercept: f64,
    /// Growth per unit.
    pub slope: f64,
    /// Standard error of the slope.
    pub slope_error: f64,
    /// Where the slope lies, when the residuals are independent.
    pub slope_interval: Interval,
    /// Standard deviation of the residuals.
    pub residual: f64,
}

/// Fits a line through `points` (x, y).
///
/// # Errors
/// Fewer than three points, all at one x, or a coordinate that is no number.
pub fn line(points: &[(f64, f64)], confidence: f64) -> Result<Line, StatisticsError> {
    const NAME: &str = "a line";
    let (xs, ys): (Vec<f64>, Vec<f64>) = points.iter().copied().unzip();
    finite(NAME, &xs)?;
    finite(NAME, &ys)?;
    if points.len() < FEWEST {
        return Err(StatisticsError::TooFew {
            what: NAME,
            needed: FEWEST,
            of: "points",
            found: points.len(),
        });
    }
    let (x, y) = (mean(&xs).unwrap_or_default(), mean(&ys).unwrap_or_default());
    let width: f64 = xs.iter().map(|value| (value - x).powi(2)).sum();
    if width <= 0.0 {
        return Err(StatisticsError::Undetermined { what: NAME, why: "all points lie above each other" });
    }
    let slope = points.iter().map(|(px, py)| (px - x) * (py - y)).sum::<f64>() / width;
    let intercept = y - slope * x;
    let squares: f64 = points.iter().map(|(px, py)| (py - intercept - slope * px).powi(2)).sum();
    let freedom = points.len() - 2;
    let residual = (squares / freedom as f64).sqrt();
    let slope_error = residual / width.sqrt();
    let reach = t_quantile(0.5 + confidence / 2.0, freedom) * slope_error;
    let slope_interval = Interval { low: slope - reach, high: slope + reach };
    Ok(Line { intercept, slope, slope_error, slope_interval, residual })
}

/// Fewest seconds whose trend is told.
const FEWEST_SECONDS: usize = 10;

/// The trend of a series whose neighbours resemble each other: the line through averages of neighbours, as many as
/// make what is left over independent.
///
/// # Errors
/// Fewer than ten points, or as for [`line()`].
pub fn trend(points: &[(f64, f64)], confidence: f64) -> Result<Line, StatisticsError> {
    if points.len() < FEWEST_SECONDS {
        let found = points.len();
        return Err(StatisticsError::TooFew { what: "a trend", needed: FEWEST_SECONDS, of: "points", found });
    }
    let plain = line(points, confidence)?;
    let left: Vec<f64> = points.iter().map(|(x, y)| y - plain.intercept - plain.slope * x).collect();
    let size = batch_means(&left, confidence)?.size;
    let averages: Vec<(f64, f64)> = points[points.len() % size..]
        .chunks(size)
        .map(|batch| {
            let many = batch.len() as f64;
            (
                batch.iter().map(|(x, _)| x).sum::<f64>() / many,
                batch.iter().map(|(_, y)| y).sum::<f64>() / many,
            )
        })
        .collect();
    line(&averages, confidence)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// NIST Statistical Reference Datasets, Norris (linear, lower difficulty): y and x of 36 observations.
    const NORRIS: [(f64, f64); 36] = [
        (0.1, 0.2),
        (338.8, 337.4),
        (118.1, 118.2),
        (888.0, 884.6),
        (9.2, 10.1),
        (228.1, 226.5),
        (668.5, 666.3),
        (998.5, 996.3),
        (449.1, 448.6),
        (778.9, 777.0),
        (559.2, 558.2),
        (0.3, 0.4),
        (0.1, 0.6),
        (778.1, 775.5),
        (668.8, 666.9),
        (339.3, 338.0),
        (448.9, 447.5),
        (10.8, 11.6),
        (557.7, 556.0),
        (228.3, 228.1),
        (998.0, 995.8),
        (888.8, 887.6),
        (119.6, 120.2),
        (0.3, 0.3),
        (0.6, 0.3),
        (557.6, 556.8),
        (339.3, 339.1),
        (888.0, 887.2),
        (998.5, 999.0),
        (778.9, 779.0),
        (10.2, 11.1),
        (117.6, 118.3),
        (228.9, 229.2),
        (668.4, 669.1),
        (449.2, 448.9),
        (0.2, 0.5),
    ];

    #[test]
    fn the_certified_values_come_out() {
        let points: Vec<(f64, f64)> = NORRIS.iter().map(|(y, x)| (*x, *y)).collect();
        let line = line(&points, 0.95).unwrap();
        let close = |found: f64, certified: f64| (found / certified - 1.0).abs() < 1e-9;
        assert!(close(line.slope, 1.002_116_818_020_45), "{line:?}");
        assert!(close(line.intercept, -0.262_323_073_774_029), "{line:?}");
        assert!(close(line.slope_error, 0.429_796_848_199_937e-3), "{line:?}");
        assert!(close(line.residual, 0.884_796_396_144_373), "{line:?}");
    }

    /// One of the two ways to fit.
    type Judge = fn(&[(f64, f64)], f64) -> Result<Line, StatisticsError>;

    /// A random walk about its level: neighbours resemble each other, so the plain interval is too short.
    #[test]
    fn the_trend_of_a_correlated_series_is_told_honestly() {
        use rand::SeedableRng as _;

        let held = |judge: Judge| {
            (0..200)
                .filter(|seed| {
                    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(*seed);
                    let mut last = 0.0;
                    let points: Vec<(f64, f64)> = (0..600)
                        .map(|t| {
                            last = 0.8 * last + super::super::bootstrap::normal(&mut random);
                            (f64::from(t), 50.0 + 0.01 * f64::from(t) + last)
                        })
                        .collect();
                    judge(&points, 0.95).unwrap().slope_interval.holds(0.01)
                })
                .count()
        };
        assert!(held(trend) >= 180, "{}", held(trend));
        assert!(held(line) < 150, "{}", held(line));
    }

    #[test]
    fn what_has_no_slope_is_refused() {
        assert!(line(&[(0.0, 1.0), (1.0, 2.0)], 0.95).is_err());
        assert!(line(&[(1.0, 1.0), (1.0, 2.0), (1.0, 3.0)], 0.95).is_err());
        assert!(line(&[(1.0, f64::NAN), (2.0, 2.0), (3.0, 3.0)], 0.95).is_err());
    }
}
