//! Tokens of private keys are not taken.

use super::{upgrades, without_header};
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.private-key-unread",
        "Tokens of private keys are not taken",
        "tokens.key-private",
        ReasonCode::Refused,
        || without_header(upgrades),
    )
}
