//! The context is the connection's.

use super::{follows, rewritten};
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "chat.context-of-connection",
        "The context is the connection's",
        "chat.across-connections",
        ReasonCode::WrongValue,
        || {
            let mut spoken = false;
            rewritten(move |chat| {
                if follows(chat) && !spoken {
                    chat["message"] = "show revenue".into();
                }
                spoken = true;
            })
        },
    )
}
