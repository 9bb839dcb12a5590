//! Little's law, L = λ·W: holds for any system in which what comes in goes out, whatever it does inside
//! (J. D. C. Little, Operations Research 9, 1961). What it misses by is the instrument's fault.

/// |L − λW| / L; `None` when nothing was in the system or a figure is no number.
pub fn little_residual(in_system: f64, rate: f64, time: f64) -> Option<f64> {
    let residual = (in_system - rate * time).abs() / in_system;
    (in_system > 0.0 && residual.is_finite()).then_some(residual)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_law_and_its_breach() {
        assert_eq!(little_residual(50.0, 100.0, 0.5), Some(0.0));
        assert_eq!(little_residual(50.0, 90.0, 0.5), Some(0.1));
        assert_eq!(little_residual(0.0, 1.0, 1.0), None);
        assert_eq!(little_residual(1.0, f64::NAN, 1.0), None);
    }
}
