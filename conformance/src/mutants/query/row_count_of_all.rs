//! Row_count is not that of the rows.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.row-count-of-all",
        "row_count is not that of the rows",
        "query.result-table",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("query_result", |message| {
                message["row_count"] = json!(40_000);
            })
        },
    )
}
