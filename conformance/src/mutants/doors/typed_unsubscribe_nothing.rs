//! The end of a subscription changes nothing.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.typed-unsubscribe-nothing",
        "The end of a subscription changes nothing",
        "doors.typed-unsubscribe",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("unsubscribed", |answer| {
                answer["active"] = serde_json::json!(["query_result"]);
            })
        },
    )
}
