//! A question that is no text is rejected as if it were one.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.no-text-as-rejected",
        "a question that is no text is rejected as if it were one",
        "query.rejects-no-text",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("error", |message| {
                message["code"] = json!("QUERY_REJECTED");
            })
        },
    )
}
