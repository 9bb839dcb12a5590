//! Percent counts to a thousand.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.percent-of-thousand",
        "percent counts to a thousand",
        "query.update-fields",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("progress_update", |message| {
                message["percent"] = json!(message["percent"].as_f64().unwrap_or_default() * 10.0 + 1.0);
            })
        },
    )
}
