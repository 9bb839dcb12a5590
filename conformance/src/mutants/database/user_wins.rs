//! The user's last wins over the session's.

use serde_json::json;

use super::contexts;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.user-wins",
        "the user's last wins over the session's",
        "database.session-wins",
        ReasonCode::WrongValue,
        || {
            contexts(|context| {
                context["source"] = json!("user");
            })
        },
    )
}
