//! A handshake may not name a user.

use super::handshake_edited;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.own-name-refused",
        "A handshake may not name a user",
        "tokens.same-user",
        ReasonCode::Refused,
        || handshake_edited(|handshake| handshake["user_id"] = "somebody".into()),
    )
}
