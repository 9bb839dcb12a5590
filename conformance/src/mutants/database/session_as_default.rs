//! What the session selected is told as the default.

use serde_json::json;

use super::contexts;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.session-as-default",
        "what the session selected is told as the default",
        "database.session",
        ReasonCode::WrongValue,
        || {
            contexts(|context| {
                context["source"] = json!("default");
            })
        },
    )
}
