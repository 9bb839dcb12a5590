//! The databases there are, are not named.

use serde_json::Value;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.databases-unnamed",
        "the databases there are, are not named",
        "query.unknown-database",
        ReasonCode::Missing,
        || {
            edit::edit_message("error", |message| {
                if let Some(details) = message.get_mut("details").and_then(Value::as_object_mut) {
                    details.remove("available_databases");
                }
            })
        },
    )
}
