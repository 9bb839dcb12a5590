//! Tokens of `EdDSA` are not taken.

use super::{upgrades, without_header};
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.eddsa-unread",
        "Tokens of EdDSA are not taken",
        "tokens.key-eddsa",
        ReasonCode::Refused,
        || without_header(upgrades),
    )
}
