//! An unreadable question is a failure of the query.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.unreadable-as-failure",
        "an unreadable question is a failure of the query",
        "query.rejects-unreadable",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("error", |message| {
                message["code"] = json!("QUERY_FAILED");
            })
        },
    )
}
