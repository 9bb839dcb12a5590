//! A session's user does not matter.

use super::handshake_edited;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.any-session-joined",
        "A session's user does not matter",
        "tokens.foreign-session",
        ReasonCode::Accepted,
        || {
            handshake_edited(|handshake| {
                if handshake.get("user_id").is_none() {
                    handshake.as_object_mut().map(|fields| fields.shift_remove("session_id"));
                }
            })
        },
    )
}
