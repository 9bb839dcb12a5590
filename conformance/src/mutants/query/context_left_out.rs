//! The result does not name its database.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.context-left-out",
        "the result does not name its database",
        "query.result-context",
        ReasonCode::Missing,
        || {
            edit::edit_message("query_result", |message| {
                message.as_object_mut().map(|fields| fields.remove("database_context"));
            })
        },
    )
}
