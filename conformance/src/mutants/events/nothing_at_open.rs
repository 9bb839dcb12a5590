//! Nothing is active at open.

use super::edit_lists;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.nothing-at-open",
        "nothing is active at open",
        "events.at-open",
        ReasonCode::Missing,
        || {
            edit_lists(|lists| {
                lists["active"] = lists["events"].clone();
            })
        },
    )
}
