//! Quantiles of the distributions that intervals are made of.

use statrs::distribution::{ContinuousCDF as _, Normal, StudentsT};

/// The quantile `share` of the standard normal distribution.
pub fn normal_quantile(share: f64) -> f64 {
    Normal::new(0.0, 1.0).map_or(f64::NAN, |normal| normal.inverse_cdf(share.clamp(1e-12, 1.0 - 1e-12)))
}

/// The quantile `share` of Student's t with `freedom` degrees of freedom.
pub fn t_quantile(share: f64, freedom: usize) -> f64 {
    let share = share.clamp(1e-12, 1.0 - 1e-12);
    StudentsT::new(0.0, 1.0, freedom.max(1) as f64).map_or(f64::NAN, |t| t.inverse_cdf(share))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fisher and Yates, Statistical Tables (1963), tables I and III.
    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (share, freedom, expected) in
            [(0.975, 1, 12.706), (0.975, 4, 2.776), (0.975, 9, 2.262), (0.95, 9, 1.833), (0.995, 30, 2.750)]
        {
            assert!((t_quantile(share, freedom) - expected).abs() < 5e-4, "t {share} {freedom}");
        }
        assert!((normal_quantile(0.975) - 1.959_964).abs() < 1e-6);
        assert!((normal_quantile(0.05) + 1.644_854).abs() < 1e-6);
    }
}
