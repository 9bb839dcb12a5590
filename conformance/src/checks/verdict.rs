//! What a check can say besides "passed".

use reports::model::FailureReason;

/// Stable code of a violation, for machines and for mutants to declare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReasonCode {
    /// It came, after its time.
    Late,
    /// It never came.
    Missing,
    /// Something came that must not.
    Unexpected,
    /// A field has another value.
    WrongValue,
    /// A field has another type.
    WrongType,
    /// The order is another.
    WrongOrder,
    /// The close code is another.
    WrongCloseCode,
    /// The close reason is another.
    WrongCloseReason,
    /// The HTTP status is another.
    WrongStatus,
    /// It came twice.
    Duplicate,
    /// Something of a sequence is gone.
    Lost,
    /// Something reached one who must not see it.
    Leak,
    /// The connection should have been closed.
    NotClosed,
    /// The connection should have stayed open.
    Closed,
    /// Something allowed was refused.
    Refused,
    /// Something forbidden was accepted.
    Accepted,
    /// The bytes break RFC 6455, HTTP or JSON.
    Malformed,
    /// It came before its time.
    Early,
    /// The check did not come to an end in its time.
    Hung,
    /// The target took no connection any more when the check was over: fails at every level.
    Gone,
}

impl ReasonCode {
    /// What the code says, in words: those of the reports.
    pub fn meaning(self) -> &'static str {
        reports::wording::reason_meaning(self.as_str()).unwrap_or_default()
    }

    /// The code as text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Late => "late",
            Self::Missing => "missing",
            Self::Unexpected => "unexpected",
            Self::WrongValue => "wrong_value",
            Self::WrongType => "wrong_type",
            Self::WrongOrder => "wrong_order",
            Self::WrongCloseCode => "wrong_close_code",
            Self::WrongCloseReason => "wrong_close_reason",
            Self::WrongStatus => "wrong_status",
            Self::Duplicate => "duplicate",
            Self::Lost => "lost",
            Self::Leak => "leak",
            Self::NotClosed => "not_closed",
            Self::Closed => "closed",
            Self::Refused => "refused",
            Self::Accepted => "accepted",
            Self::Malformed => "malformed",
            Self::Early => "early",
            Self::Hung => "hung",
            Self::Gone => "gone",
        }
    }
}

impl std::fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The target violated something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Stable code.
    pub code: ReasonCode,
    /// What was asked for.
    pub expected: String,
    /// What was seen.
    pub actual: String,
}

impl Violation {
    /// A violation: `expected` and `actual` complete "expected …" and "got …".
    pub fn new(code: ReasonCode, expected: impl Into<String>, actual: impl Into<String>) -> Self {
        Self { code, expected: expected.into(), actual: actual.into() }
    }

    /// The same as the report's type.
    pub fn to_reason(&self) -> FailureReason {
        FailureReason {
            code: self.code.as_str().to_owned(),
            expected: self.expected.clone(),
            actual: self.actual.clone(),
            text: format!("expected {}, got {}", self.expected, self.actual),
        }
    }
}

/// Why a check ended without passing. `?` turns a [`Violation`] into one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// The target violated something: failed, or a warning for a SHOULD.
    Violation(Violation),
    /// The target says by itself that it does not offer what is checked: in its file, or by an answer that its
    /// protocol has for that (an offer declined, a capability not announced, 405, -32601). What a check merely does not
    /// see is no declaration: see `Context::unseen`.
    NotApplicable(String),
    /// The suite could not do its work; says why. Never counts against the target, nor for it.
    Harness(String),
}

impl From<Violation> for Stop {
    fn from(violation: Violation) -> Self {
        Self::Violation(violation)
    }
}

/// Result of a step of a check.
pub type Step<T = ()> = Result<T, Stop>;

/// Ends the check with a violation.
pub fn fail<T>(code: ReasonCode, expected: impl Into<String>, actual: impl Into<String>) -> Step<T> {
    Err(Violation::new(code, expected, actual).into())
}

/// Ends the check with a violation unless `holds`.
pub fn ensure(holds: bool, code: ReasonCode, expected: &str, actual: impl std::fmt::Display) -> Step {
    if holds { Ok(()) } else { fail(code, expected, actual.to_string()) }
}

/// Ends the check with `wrong_value` unless both are equal; `what` names the thing compared.
pub fn ensure_eq<A, B>(what: &str, actual: &A, expected: &B) -> Step
where
    A: std::fmt::Debug + PartialEq<B> + ?Sized,
    B: std::fmt::Debug + ?Sized,
{
    if actual == expected {
        return Ok(());
    }
    fail(ReasonCode::WrongValue, format!("{what} {expected:?}"), format!("{actual:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_that_a_mutant_declares_has_a_meaning() {
        let declared = crate::mutants::all().into_iter().map(|mutant| mutant.reason);
        for code in declared.chain([ReasonCode::Hung, ReasonCode::Gone]) {
            assert!(!code.meaning().is_empty(), "{code}");
        }
    }
}
