//! Another context is told.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.select-told-otherwise",
        "another context is told",
        "database.select-event",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("database_context_changed", |told| {
                told["database_context"]["database"] = json!("another");
            })
        },
    )
}
