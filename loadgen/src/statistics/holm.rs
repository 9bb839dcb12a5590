//! Many questions asked of one comparison.

/// Holm's adjusted p-values in the order given: each may be held against the level for the whole family, however
/// the figures depend on each other (S. Holm, Scandinavian Journal of Statistics 6, 1979).
pub fn holm(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut adjusted = vec![1.0; values.len()];
    let mut largest = 0.0_f64;
    for (place, at) in order.into_iter().enumerate() {
        let factor = (values.len() - place) as f64;
        largest = largest.max((values[at] * factor).min(1.0));
        adjusted[at] = largest;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As R's `p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")` gives it.
    #[test]
    fn a_known_example() {
        let adjusted = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (found, expected) in adjusted.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((found - expected).abs() < 1e-12, "{adjusted:?}");
        }
    }

    proptest! {
        #[test]
        fn between_nothing_and_bonferroni(values in proptest::collection::vec(0.0_f64..=1.0, 0..12)) {
            for (value, adjusted) in values.iter().zip(holm(&values)) {
                prop_assert!(*value <= adjusted + 1e-12);
                prop_assert!(adjusted <= (value * values.len() as f64).min(1.0).max(adjusted.min(1.0)));
                prop_assert!(adjusted <= 1.0);
            }
        }
    }
}
