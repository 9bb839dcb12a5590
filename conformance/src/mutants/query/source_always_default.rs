//! The source is default always.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.source-always-default",
        "the source is default always",
        "query.result-context",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("query_result", |message| {
                message["database_context"]["source"] = json!("default");
            })
        },
    )
}
