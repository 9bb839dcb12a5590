//! Belief_state is an unknown name.

use serde_json::json;

use super::edit_lists;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.name-unknown",
        "belief_state is an unknown name",
        "events.all-names",
        ReasonCode::WrongValue,
        || {
            edit_lists(|lists| {
                lists["rejected"] = json!(["belief_state"]);
            })
        },
    )
}
