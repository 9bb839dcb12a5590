//! The subprotocol that holds the token is selected.

use super::selects_token;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.subprotocol-token-selected",
        "The subprotocol that holds the token is selected",
        "tokens.in-subprotocol",
        ReasonCode::WrongValue,
        selects_token,
    )
}
