//! Each address of a network is a client of its own.

use super::addresses_become;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.networks-unknown",
        "Each address of a network is a client of its own",
        "limits.forwarded-network",
        ReasonCode::Accepted,
        || addresses_become(|_| crate::checks::doors::origins::fresh_address()),
    )
}
