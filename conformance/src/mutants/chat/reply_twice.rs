//! A reply comes twice.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire("chat.reply-twice", "A reply comes twice", "chat.ends-once", ReasonCode::Duplicate, || {
        edit::duplicate_message("chat_reply")
    })
}
