//! Refused messages never close the connection.

use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::config(
        "limits.violations-unlimited",
        "as many messages may be refused as one likes",
        "limits.rate-violations",
        ReasonCode::NotClosed,
        "limits.rate_violations = 1000",
    )
}
