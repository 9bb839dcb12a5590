//! Requests are not counted.

use super::addresses_become;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.requests-uncounted",
        "Requests are not counted",
        "limits.rate-request",
        ReasonCode::Accepted,
        || addresses_become(|_| crate::checks::doors::origins::fresh_address()),
    )
}
