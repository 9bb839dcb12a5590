//! A message without text is QUERY_REJECTED.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "chat.no-text-rejected",
        "A message without text is QUERY_REJECTED",
        "chat.no-message",
        ReasonCode::WrongValue,
        || edit::edit_message("error", |error| error["code"] = "QUERY_REJECTED".into()),
    )
}
