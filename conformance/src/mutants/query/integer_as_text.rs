//! An integer id comes back as text.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.integer-as-text",
        "an integer id comes back as text",
        "query.echo-integers",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("query_result", |message| {
                message["id"] = json!(message["id"].to_string());
            })
        },
    )
}
