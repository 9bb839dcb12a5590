//! A blank message is answered.

use super::rewritten;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "chat.blank-answered",
        "A blank message is answered",
        "chat.blank",
        ReasonCode::Accepted,
        || {
            rewritten(|chat| {
                if chat["message"].as_str().is_some_and(|text| text.trim().is_empty()) {
                    chat["message"] = "show revenue".into();
                }
            })
        },
    )
}
