//! The user's last is told as the session's.

use serde_json::json;

use super::contexts;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.user-told-as-session",
        "the user's last is told as the session's",
        "database.expired-user",
        ReasonCode::WrongValue,
        || {
            contexts(|context| {
                context["source"] = json!("session");
            })
        },
    )
}
