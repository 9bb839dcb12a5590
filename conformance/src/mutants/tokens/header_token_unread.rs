//! Tokens in the header of an upgrade are not read.

use super::{upgrades, without_header};
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.header-token-unread",
        "Tokens in the header of an upgrade are not read",
        "tokens.in-header",
        ReasonCode::Refused,
        || without_header(upgrades),
    )
}
