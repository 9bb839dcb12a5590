//! The value axis: from zero for rates and memory, logarithmic for times that span decades.

use super::Unit;
use super::axis::round_ticks;

/// How values become heights.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::html) enum Scale {
    /// Begins at zero.
    #[default]
    FromZero,
    /// Each doubling takes the same room.
    Logarithmic,
}

/// One value axis, from its lowest to its highest value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ValueAxis {
    scale: Scale,
    from: f64,
    to: f64,
    /// Ticks with their labels, the lowest first.
    pub(super) ticks: Vec<(f64, String)>,
}

/// Ticks of a logarithmic axis at most.
const MOST_TICKS: usize = 7;

/// Smallest value of a logarithmic axis: a microsecond, where values are milliseconds.
const SMALLEST: f64 = 0.001;

/// Largest value that such an axis is made for; far beyond any figure of a run.
const LARGEST: f64 = 1e15;

impl ValueAxis {
    /// From zero to the first round value that is not under `top`.
    pub(super) fn from_zero(top: f64, unit: Unit) -> Self {
        let (divisor, name) = unit.steps(top);
        let values: Vec<f64> =
            round_ticks(top / divisor, 4.0).into_iter().map(|tick| tick * divisor).collect();
        let last = values.len().saturating_sub(1);
        // The unit once, at the top.
        let label = |(at, tick): (usize, &f64)| {
            let unit = if at == last { name } else { "" };
            (*tick, format!("{}{unit}", crate::wording::compact(tick / divisor)))
        };
        let ticks = values.iter().enumerate().map(label).collect();
        Self { scale: Scale::FromZero, from: 0.0, to: values.last().copied().unwrap_or(1.0), ticks }
    }

    /// Logarithmic, around `low` and `high`: exactly to them, or to round values beyond them.
    pub(super) fn logarithmic(low: f64, high: f64, exactly: bool, unit: Unit) -> Self {
        let low = if low.is_finite() { low.clamp(SMALLEST, LARGEST) } else { SMALLEST };
        let high = if high.is_finite() { high.clamp(low * 1.5, LARGEST * 10.0) } else { low * 10.0 };
        let (from, to) = if exactly { (low, high) } else { (round(low, false), round(high, true)) };
        let decades = (to / from).log10();
        let steps: &[f64] = if decades <= 1.5 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let first = from.log10().floor() as i32;
        let last = to.log10().ceil() as i32;
        let mut ticks: Vec<f64> = (first..=last)
            .flat_map(|exponent| steps.iter().map(move |step| step * 10_f64.powi(exponent)))
            .filter(|tick| *tick >= from * 0.999 && *tick <= to * 1.001)
            .collect();
        let every = ticks.len().div_ceil(MOST_TICKS).max(1);
        ticks = ticks.into_iter().step_by(every).collect();
        let ticks = ticks.into_iter().map(|tick| (tick, unit.text(tick))).collect();
        Self { scale: Scale::Logarithmic, from, to, ticks }
    }

    /// Where `value` lies, from 0 at the bottom to 1 at the top.
    pub(super) fn share(&self, value: f64) -> f64 {
        match self.scale {
            Scale::FromZero => value / self.to,
            Scale::Logarithmic => (value.max(self.from) / self.from).ln() / (self.to / self.from).ln(),
        }
    }
}

/// 1, 2 or 5 times a power of ten: the next one below or above.
fn round(value: f64, up: bool) -> f64 {
    let decade = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * decade);
    let found = if up {
        steps.into_iter().find(|step| *step >= value * 0.999)
    } else {
        steps.into_iter().rev().find(|step| *step <= value * 1.001)
    };
    found.unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &ValueAxis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, label)| label.as_str()).collect()
    }

    #[test]
    fn a_logarithmic_axis_has_round_ends_and_the_unit_of_each_tick() {
        let axis = ValueAxis::logarithmic(0.34, 2_900.0, false, Unit::Millis);
        assert_eq!(labels(&axis), ["1 ms", "10 ms", "100 ms", "1 s"]);
        assert!((axis.share(0.2) - 0.0).abs() < 1e-9 && (axis.share(5_000.0) - 1.0).abs() < 1e-9);
        assert_eq!(axis.share(0.0), 0.0, "nothing lies below the axis");
        let narrow = ValueAxis::logarithmic(12.0, 61.0, false, Unit::Millis);
        assert_eq!(labels(&narrow), ["10 ms", "20 ms", "50 ms", "100 ms"]);
    }

    #[test]
    fn an_axis_from_zero_tells_its_unit_once() {
        let axis = ValueAxis::from_zero(61.0, Unit::Millis);
        assert_eq!(labels(&axis), ["0", "20", "40", "60", "80 ms"]);
        assert!((axis.share(40.0) - 0.5).abs() < 1e-9);
    }

    proptest::proptest! {
        #[test]
        fn axes_take_any_number(low in proptest::num::f64::ANY, high in proptest::num::f64::ANY) {
            let axis = ValueAxis::logarithmic(low, high, false, Unit::Millis);
            proptest::prop_assert!(axis.ticks.len() <= MOST_TICKS);
            let axis = ValueAxis::from_zero(high, Unit::Kib);
            proptest::prop_assert!(!axis.ticks.is_empty());
        }
    }
}
