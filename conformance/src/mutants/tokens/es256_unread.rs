//! Tokens of ES256 are not taken.

use super::{upgrades, without_header};
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.es256-unread",
        "Tokens of ES256 are not taken",
        "tokens.key-es256",
        ReasonCode::Refused,
        || without_header(upgrades),
    )
}
