//! The subprotocol with the token is sent back.

use super::selects_token;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.upgrade-shows-token",
        "The subprotocol with the token is sent back",
        "tokens.secret-in-upgrade",
        ReasonCode::Leak,
        selects_token,
    )
}
