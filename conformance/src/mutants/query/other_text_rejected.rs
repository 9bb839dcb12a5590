//! Another text with a known id is rejected as a question.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.other-text-rejected",
        "another text with a known id is rejected as a question",
        "query.same-id-other-text",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("error", |message| {
                message["code"] = json!("QUERY_REJECTED");
            })
        },
    )
}
