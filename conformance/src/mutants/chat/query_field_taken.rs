//! A message's text may be called query.

use super::rewritten;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "chat.query-field-taken",
        "A message's text may be called query",
        "chat.no-message",
        ReasonCode::Accepted,
        || {
            rewritten(|chat| {
                let text = chat["query"].clone();
                if !text.is_null() {
                    chat["message"] = text;
                }
            })
        },
    )
}
