//! Medians and lines.

/// The middle value, of an even number the mean of the two middle ones; `None` of nothing.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    let upper = *sorted.get(half)?;
    if sorted.len() % 2 == 1 { Some(upper) } else { Some(f64::midpoint(sorted[half - 1], upper)) }
}

/// The mean; `None` of nothing.
pub(super) fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// A straight line over places 0, 1, 2, …
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Line {
    /// Value at place 0.
    pub intercept: f64,
    /// Growth from one place to the next.
    pub slope: f64,
    /// Share of the variance that the line explains, 0 to 1.
    pub r_squared: f64,
}

impl Line {
    /// Its value at a place.
    #[must_use]
    pub fn at(&self, place: usize) -> f64 {
        self.slope.mul_add(place as f64, self.intercept)
    }

    fn through(values: &[f64], intercept: f64, slope: f64) -> Self {
        let line = Self { intercept, slope, r_squared: 0.0 };
        let middle = mean(values).unwrap_or_default();
        let total: f64 = values.iter().map(|value| (value - middle).powi(2)).sum();
        let left: f64 = values.iter().enumerate().map(|(at, value)| (value - line.at(at)).powi(2)).sum();
        let explained = if total > 0.0 { (1.0 - left / total).clamp(0.0, 1.0) } else { 1.0 };
        Self { r_squared: explained, ..line }
    }
}

/// The line of least squares; `None` below two values.
#[must_use]
pub fn least_squares(values: &[f64]) -> Option<Line> {
    let middle_value = mean(values).filter(|_| values.len() > 1)?;
    let middle_place = (values.len() - 1) as f64 / 2.0;
    let (mut products, mut squares) = (0.0, 0.0);
    for (at, value) in values.iter().enumerate() {
        let place = at as f64 - middle_place;
        products += place * (value - middle_value);
        squares += place * place;
    }
    let slope = products / squares;
    Some(Line::through(values, slope.mul_add(-middle_place, middle_value), slope))
}

/// Values of which all pairs are looked at; of more, only pairs at least so far apart that the work is bounded.
const ALL_PAIRS: usize = 1_000;

/// The median of the slopes between all pairs (Theil and Sen): a few odd values don't tilt it.
#[must_use]
pub fn theil_sen(values: &[f64]) -> Option<Line> {
    let step = values.len() / ALL_PAIRS + 1;
    let places: Vec<usize> = (0..values.len()).step_by(step).collect();
    let mut slopes = Vec::with_capacity(places.len() * places.len() / 2);
    for (nth, from) in places.iter().enumerate() {
        for to in &places[nth + 1..] {
            slopes.push((values[*to] - values[*from]) / (to - from) as f64);
        }
    }
    let slope = median(&slopes)?;
    let bases: Vec<f64> =
        values.iter().enumerate().map(|(at, value)| slope.mul_add(-(at as f64), *value)).collect();
    Some(Line::through(values, median(&bases)?, slope))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_by_hand() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), Some(2.5));
    }

    #[test]
    fn the_line_of_least_squares_by_hand() {
        // Places 0..3, values 1 3 2 5: mean place 1.5, mean value 2.75; sum of products 5.5, of squares 5.
        let line = least_squares(&[1.0, 3.0, 2.0, 5.0]).unwrap();
        assert!((line.slope - 1.1).abs() < 1e-12);
        assert!((line.intercept - 1.1).abs() < 1e-12);
        // Residuals -0.1, 0.8, -1.3, 0.6: their squares sum to 2.7 of 8.75.
        assert!((line.r_squared - (1.0 - 2.7 / 8.75)).abs() < 1e-12);
        assert_eq!(least_squares(&[1.0]), None);
    }

    #[test]
    fn one_odd_value_does_not_tilt_the_robust_line() {
        let line = theil_sen(&[1.0, 2.0, 3.0, 400.0, 5.0, 6.0, 7.0]).unwrap();
        assert!((line.slope - 1.0).abs() < 1e-12 && (line.intercept - 1.0).abs() < 1e-12, "{line:?}");
        assert!(theil_sen(&vec![1.0; 5_000]).is_some_and(|line| line.slope == 0.0));
    }
}
