//! The factor on every time limit.

use std::str::FromStr;

use crate::Error;

/// A factor on every time limit, from 0.001 to 1,000: whatever it multiplies stays a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimeScale(f64);

impl TimeScale {
    const LEAST: f64 = 0.001;
    const MOST: f64 = 1_000.0;

    /// The factor `factor`.
    ///
    /// # Errors
    /// [`Error::TimeScale`] for one that is out of range, or no number.
    pub fn new(factor: f64) -> Result<Self, Error> {
        if (Self::LEAST..=Self::MOST).contains(&factor) {
            Ok(Self(factor))
        } else {
            Err(Error::TimeScale(factor.to_string()))
        }
    }

    /// The factor as a number.
    pub fn get(self) -> f64 {
        self.0
    }

    /// The factor, but at least 1.
    pub(crate) fn longer(self) -> f64 {
        self.0.max(1.0)
    }
}

impl Default for TimeScale {
    fn default() -> Self {
        Self(1.0)
    }
}

impl FromStr for TimeScale {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let factor = text.trim().parse().map_err(|_| Error::TimeScale(text.to_owned()))?;
        Self::new(factor).map_err(|_| Error::TimeScale(text.to_owned()))
    }
}

impl std::fmt::Display for TimeScale {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_no_time_is_refused() {
        for text in ["0", "-1", "nan", "inf", "1e30", "1001", "0.0001", "fast", ""] {
            let error = text.parse::<TimeScale>().unwrap_err();
            assert_eq!((error.exit_code(), error.to_string().contains(text)), (2, true), "{text}");
        }
        for (text, factor) in [("1", 1.0), ("0.5", 0.5), ("1000", 1_000.0), ("0.001", 0.001)] {
            assert_eq!(text.parse::<TimeScale>().unwrap().get(), factor);
        }
    }
}
