//! All clients have the proxy's address.

use super::addresses_become;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.addresses-are-the-proxy",
        "All clients have the proxy's address",
        "limits.per-address-own",
        ReasonCode::Refused,
        || addresses_become(|_| "10.255.255.254".to_owned()),
    )
}
