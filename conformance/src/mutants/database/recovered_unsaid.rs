//! What was recovered is not said.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.recovered-unsaid",
        "what was recovered is not said",
        "database.user-recovers",
        ReasonCode::Missing,
        || {
            edit::edit_message("connection_acknowledged", |joined| {
                joined.as_object_mut().map(|fields| fields.remove("recovered_database_context"));
            })
        },
    )
}
