//! Ids are cut down to ASCII.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.ids-in-ascii",
        "ids are cut down to ASCII",
        "query.echo-texts",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("*", |message| {
                if let Some(id) = message["correlation_id"].as_str() {
                    message["correlation_id"] = json!(id.replace(|letter: char| !letter.is_ascii(), "?"));
                }
            })
        },
    )
}
