//! Everything is active at the demo door.

use serde_json::json;

use super::edit_lists;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.all-at-demo",
        "everything is active at the demo door",
        "events.nothing-at-demo",
        ReasonCode::WrongValue,
        || {
            edit_lists(|lists| {
                lists["active"] = json!(["progress_update", "query_result"]);
            })
        },
    )
}
