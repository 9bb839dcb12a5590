//! A handshake may name any user.

use super::handshake_edited;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.any-name-taken",
        "A handshake may name any user",
        "tokens.other-user",
        ReasonCode::Accepted,
        || {
            handshake_edited(|handshake| {
                handshake.as_object_mut().map(|fields| fields.shift_remove("user_id"));
            })
        },
    )
}
