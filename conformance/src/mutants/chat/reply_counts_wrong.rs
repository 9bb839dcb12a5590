//! A reply counts its rows wrong.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "chat.reply-counts-wrong",
        "A reply counts its rows wrong",
        "chat.reply",
        ReasonCode::WrongValue,
        || edit::edit_message("chat_reply", |reply| reply["row_count"] = 4_711.into()),
    )
}
