//! What the user selected is told as the session's.

use serde_json::json;

use super::contexts;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.user-as-session",
        "what the user selected is told as the session's",
        "database.user-recovers",
        ReasonCode::WrongValue,
        || {
            contexts(|context| {
                context["source"] = json!("session");
            })
        },
    )
}
