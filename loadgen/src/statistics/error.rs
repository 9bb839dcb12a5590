//! Why a figure can't be given.

/// Why there is no answer. Never a guess instead.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StatisticsError {
    /// There is too little data for the claim.
    #[error("{what} needs at least {needed} {of}, there are {found}")]
    TooFew {
        /// What was to be computed.
        what: &'static str,
        /// Least number.
        needed: usize,
        /// Of what.
        of: &'static str,
        /// What there is.
        found: usize,
    },
    /// There is more data than the exact method can take.
    #[error("{what} takes at most {most} {of}, there are {found}")]
    TooMany {
        /// What was to be computed.
        what: &'static str,
        /// Largest number.
        most: usize,
        /// Of what.
        of: &'static str,
        /// What there is.
        found: usize,
    },
    /// A value is no number, or outside what the method is made for.
    #[error("{what} can't use the value {value}")]
    Value {
        /// What was to be computed.
        what: &'static str,
        /// The value.
        value: f64,
    },
    /// The data does not determine the answer.
    #[error("{what} is not determined by the data: {why}")]
    Undetermined {
        /// What was to be computed.
        what: &'static str,
        /// Why not.
        why: &'static str,
    },
}

/// Refuses values that are no numbers.
pub(super) fn finite(what: &'static str, values: &[f64]) -> Result<(), StatisticsError> {
    match values.iter().find(|value| !value.is_finite()) {
        Some(value) => Err(StatisticsError::Value { what, value: *value }),
        None => Ok(()),
    }
}
