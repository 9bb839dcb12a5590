//! Research answers with a report and no rows.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.research-without-rows",
        "research answers with a report and no rows",
        "query.research",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("query_result", |result| {
                if result["report"].is_object() {
                    result["rows"] = json!([]);
                }
            })
        },
    )
}
