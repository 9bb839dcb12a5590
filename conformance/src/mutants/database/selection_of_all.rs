//! A selection moves everybody.

use serde_json::json;

use super::contexts;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.selection-of-all",
        "a selection moves everybody",
        "database.sessions-apart",
        ReasonCode::WrongValue,
        || {
            contexts(|context| {
                context["source"] = json!("session");
            })
        },
    )
}
