//! An unknown name is taken back.

use serde_json::json;

use super::edit_lists;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.unknown-taken-back",
        "an unknown name is taken back",
        "events.unsubscribe-unknown",
        ReasonCode::Missing,
        || {
            edit_lists(|lists| {
                lists["rejected"] = json!([]);
            })
        },
    )
}
