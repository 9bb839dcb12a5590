//! The messages of an address are not counted.

use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::config(
        "limits.address-rate-unlimited",
        "The messages of an address are not counted",
        "limits.rate-per-address",
        ReasonCode::Accepted,
        "limits.rate_limit_per_ip = 0",
    )
}
