//! Units of a value axis.

use crate::wording;

/// What the values of a chart are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::html) enum Unit {
    /// Milliseconds.
    #[default]
    Millis,
    /// Something a second.
    PerSecond,
    /// Things.
    Count,
    /// Processors, 1 being one core.
    Cores,
    /// Memory in KiB.
    Kib,
}

impl Unit {
    /// A value as text with its unit.
    pub(in crate::html) fn text(self, value: f64) -> String {
        match self {
            Self::Millis => wording::millis(value),
            Self::PerSecond => format!("{}/s", wording::plain(value)),
            Self::Count => wording::plain(value),
            Self::Cores => format!("{} cores", wording::plain(value)),
            Self::Kib => wording::kib(value),
        }
    }

    /// What an axis up to `max` counts in: the divisor and the name of the unit.
    pub(super) fn steps(self, max: f64) -> (f64, &'static str) {
        match self {
            Self::Millis if max >= 1_000.0 => (1_000.0, " s"),
            Self::Millis if max < 1.0 => (0.001, " µs"),
            Self::Millis => (1.0, " ms"),
            Self::PerSecond => (1.0, "/s"),
            Self::Count => (1.0, ""),
            Self::Cores => (1.0, " cores"),
            Self::Kib if max >= 2.0 * 1024.0 * 1024.0 => (1024.0 * 1024.0, " GiB"),
            Self::Kib if max >= 2_048.0 => (1024.0, " MiB"),
            Self::Kib => (1.0, " KiB"),
        }
    }

    /// Smallest top of an axis, so that noise near nothing isn't blown up to a mountain range.
    pub(super) fn least_top(self) -> f64 {
        match self {
            Self::Millis => 0.01,
            Self::PerSecond | Self::Count | Self::Kib => 4.0,
            Self::Cores => 0.2,
        }
    }
}
