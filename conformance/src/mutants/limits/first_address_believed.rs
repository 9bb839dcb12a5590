//! The first address of the list is believed.

use super::addresses_become;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.first-address-believed",
        "The first address of the list is believed",
        "limits.forwarded-last",
        ReasonCode::Accepted,
        || addresses_become(|list| list.split(',').next().unwrap_or_default().trim().to_owned()),
    )
}
