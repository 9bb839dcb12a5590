//! Nothing is remembered.

use super::{follows, rewritten};
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "chat.context-forgotten",
        "Nothing is remembered",
        "chat.follow-up",
        ReasonCode::WrongValue,
        || {
            rewritten(|chat| {
                if follows(chat) {
                    chat["message"] = "show revenue".into();
                }
            })
        },
    )
}
