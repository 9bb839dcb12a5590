//! A chat has no progress.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "chat.chat-without-progress",
        "A chat has no progress",
        "chat.order",
        ReasonCode::Missing,
        || edit::drop_message("progress_update"),
    )
}
