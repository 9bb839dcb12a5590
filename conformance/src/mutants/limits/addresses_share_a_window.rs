//! All addresses share one window.

use super::addresses_become;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.addresses-share-a-window",
        "All addresses share one window",
        "limits.rate-per-address-own",
        ReasonCode::Refused,
        || addresses_become(|_| "10.255.255.253".to_owned()),
    )
}
