//! A reply has no words.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "chat.reply-wordless",
        "A reply has no words",
        "chat.reply-text",
        ReasonCode::WrongValue,
        || edit::edit_message("chat_reply", |reply| reply["message"] = " ".into()),
    )
}
