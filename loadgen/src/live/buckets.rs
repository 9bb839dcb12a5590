//! A histogram as scrapers and collectors want it: a few fixed buckets instead of many thousand fine ones.

use std::time::Duration;

use hdrhistogram::Histogram;

/// Upper bounds of the buckets but the last, which has none; microseconds.
const BOUNDS_US: [u64; 18] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
    2_500_000, 5_000_000, 10_000_000, 30_000_000, 60_000_000,
];

const NUMBER: usize = BOUNDS_US.len() + 1;

/// How many times lie between fixed bounds, and their sums. The bounds hold within the 0.1 % of the histogram that
/// the counts were taken from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Buckets {
    counts: [u64; NUMBER],
    sums_us: [u64; NUMBER],
}

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bucket {
    /// Upper bound, seconds; infinite for the last.
    pub(super) bound: f64,
    /// Times in it.
    pub(super) count: u64,
    /// Their sum, seconds.
    pub(super) sum: f64,
}

impl Buckets {
    /// The values of `histogram`, which are microseconds.
    pub fn of(histogram: &Histogram<u64>) -> Self {
        let mut buckets = Self::default();
        for step in histogram.iter_recorded() {
            let cell = step.value_iterated_to();
            // A cell belongs to the bucket of its lowest value, so that a bound itself is still in its bucket.
            let lowest = histogram.lowest_equivalent(cell);
            let at = BOUNDS_US.partition_point(|bound| *bound < lowest);
            let count = step.count_since_last_iteration();
            buckets.counts[at] += count;
            buckets.sums_us[at] += histogram.median_equivalent(cell).saturating_mul(count);
        }
        buckets
    }

    /// All values.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The sum of all values.
    pub fn sum(&self) -> Duration {
        Duration::from_micros(self.sums_us.iter().sum())
    }

    /// What came since `earlier`.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        let less = |now: &[u64; NUMBER], before: &[u64; NUMBER]| {
            std::array::from_fn(|at| now[at].saturating_sub(before[at]))
        };
        Self { counts: less(&self.counts, &earlier.counts), sums_us: less(&self.sums_us, &earlier.sums_us) }
    }

    /// One after the other, the narrowest first.
    pub(super) fn each(&self) -> impl Iterator<Item = Bucket> + '_ {
        let bounds = Self::bounds().chain([f64::INFINITY]);
        let sums = self.sums_us.iter().map(|sum| Duration::from_micros(*sum).as_secs_f64());
        bounds.zip(&self.counts).zip(sums).map(|((bound, count), sum)| Bucket { bound, count: *count, sum })
    }

    /// The bounds but the last, seconds.
    pub(super) fn bounds() -> impl Iterator<Item = f64> {
        BOUNDS_US.iter().map(|bound| Duration::from_micros(*bound).as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(values: &[u64]) -> Histogram<u64> {
        let mut histogram = Histogram::new(3).unwrap();
        for value in values {
            histogram.record(*value).unwrap();
        }
        histogram
    }

    #[test]
    fn a_bound_belongs_to_its_bucket() {
        let buckets = Buckets::of(&histogram(&[0, 100, 101, 5_000, 60_000_000, 61_000_000, 90_000_000]));
        let counts: Vec<u64> = buckets.each().map(|bucket| bucket.count).collect();
        assert_eq!((counts[0], counts[1], counts[5]), (2, 1, 1));
        assert_eq!((counts[17], counts[18]), (1, 2));
        assert_eq!(buckets.count(), 7);
        let bounds: Vec<f64> = buckets.each().map(|bucket| bucket.bound).collect();
        assert!(bounds.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!((bounds[0], bounds[18]), (0.000_1, f64::INFINITY));
    }

    #[test]
    fn what_came_since_is_the_difference() {
        let first = Buckets::of(&histogram(&[400, 70_000]));
        let then = Buckets::of(&histogram(&[400, 70_000, 420, 2_000_000]));
        let new = then.since(&first);
        assert_eq!(new.count(), 2);
        assert!(
            new.sum().abs_diff(Duration::from_micros(2_000_420)) < Duration::from_millis(2),
            "{:?}",
            new.sum()
        );
        assert_eq!(first.since(&first), Buckets::default());
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_ever_shrinks(
            first in proptest::collection::vec(0_u64..200_000_000, 0..50),
            more in proptest::collection::vec(0_u64..200_000_000, 0..50),
        ) {
            let all: Vec<u64> = first.iter().chain(&more).copied().collect();
            let (before, after) = (Buckets::of(&histogram(&first)), Buckets::of(&histogram(&all)));
            proptest::prop_assert_eq!(after.count(), all.len() as u64);
            proptest::prop_assert!(before.each().zip(after.each()).all(|(b, a)| b.count <= a.count && b.sum <= a.sum));
            let exact = all.iter().sum::<u64>() as f64;
            let sum = after.sum().as_secs_f64() * 1e6;
            proptest::prop_assert!((sum - exact).abs() <= exact * 0.001 + 1.0, "{} {}", sum, exact);
        }
    }
}
