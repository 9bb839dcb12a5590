//! Only the first follow-up is understood.

use super::rewritten;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "chat.context-of-one",
        "Only the first follow-up is understood",
        "chat.follow-up-of-follow-up",
        ReasonCode::WrongValue,
        || {
            rewritten(|chat| {
                if chat["message"] == "and for 2024?" {
                    chat["message"] = "show revenue".into();
                }
            })
        },
    )
}
