//! A name is in active as often as it was subscribed.

use serde_json::json;

use super::edit_lists;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.active-twice",
        "a name is in active as often as it was subscribed",
        "events.active-once",
        ReasonCode::Duplicate,
        || {
            edit_lists(|lists| {
                if lists["events"].as_array().is_some_and(|events| !events.is_empty()) {
                    lists["active"] = json!(["query_result", "query_result"]);
                }
            })
        },
    )
}
