//! A chat's acceptance comes behind its progress.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "chat.chat-accepted-late",
        "A chat's acceptance comes behind its progress",
        "chat.order",
        ReasonCode::WrongOrder,
        || edit::swap_message("query_accepted"),
    )
}
