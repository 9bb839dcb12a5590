//! An error names a database that is not in the list.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.names-invented",
        "an error names a database that is not in the list",
        "database.same-names",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("error", |error| {
                error["details"]["available_databases"] = json!(["oracle"]);
            })
        },
    )
}
