//! Any unsubscribe takes everything back.

use serde_json::json;

use super::edit_lists;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.unsubscribe-all",
        "any unsubscribe takes everything back",
        "events.unsubscribe-other",
        ReasonCode::WrongValue,
        || {
            edit_lists(|lists| {
                if lists["type"] == "unsubscribed" || lists["events"] == json!(["chat"]) {
                    lists["active"] = json!([]);
                }
            })
        },
    )
}
