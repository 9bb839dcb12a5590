//! Percent is text.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.percent-as-share",
        "percent is text",
        "query.update-fields",
        ReasonCode::WrongType,
        || {
            edit::edit_message("progress_update", |message| {
                message["percent"] = json!("10%");
            })
        },
    )
}
