//! Columns are names alone.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.column-names-alone",
        "columns are names alone",
        "query.result-table",
        ReasonCode::Missing,
        || {
            edit::edit_message("query_result", |message| {
                message["columns"] = json!(["month", "value"]);
            })
        },
    )
}
