//! Upper bound of a share that was counted: errors of operations.

use statrs::distribution::{Beta, ContinuousCDF as _};

use super::StatisticsError;

/// Clopper and Pearson's upper bound of the share of `hits` in `size` (Biometrika 26, 1934). None in `size` still
/// leaves about 3 / `size`.
///
/// # Errors
/// Nothing was counted.
pub fn share_upper_bound(hits: u64, size: u64, confidence: f64) -> Result<f64, StatisticsError> {
    const NAME: &str = "an upper bound of a share";
    if size == 0 {
        return Err(StatisticsError::TooFew { what: NAME, needed: 1, of: "operations", found: 0 });
    }
    if hits >= size {
        return Ok(1.0);
    }
    let beta = Beta::new(hits as f64 + 1.0, (size - hits) as f64)
        .map_err(|_| StatisticsError::Value { what: NAME, value: hits as f64 })?;
    Ok(beta.inverse_cdf(confidence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_bounds() {
        // None of n: 1 − 0.05^(1/n), the rule of three.
        let none = share_upper_bound(0, 1_000, 0.95).unwrap();
        assert!((none - (1.0 - 0.05_f64.powf(0.001))).abs() < 1e-6, "{none}");
        // Two-sided 95 % of 10 in 100, as tabled by Clopper and Pearson: upper end 0.1762.
        let ten = share_upper_bound(10, 100, 0.975).unwrap();
        assert!((ten - 0.1762).abs() < 1e-4, "{ten}");
        assert_eq!(share_upper_bound(7, 7, 0.95), Ok(1.0));
        assert!(share_upper_bound(0, 0, 0.95).is_err());
    }
}
