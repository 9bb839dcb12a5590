//! Schema_changed is confirmed and not active.

use super::edit_lists;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.name-inactive",
        "schema_changed is confirmed and not active",
        "events.all-names",
        ReasonCode::Missing,
        || {
            edit_lists(|lists| {
                if let Some(active) = lists["active"].as_array_mut() {
                    active.retain(|name| name != "schema_changed");
                }
            })
        },
    )
}
