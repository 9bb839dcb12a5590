//! The status of a cancel is another.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.cancel-as-ok",
        "the status of a cancel is another",
        "query.cancel-order",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("command_result", |message| {
                message["status"] = json!("ok");
            })
        },
    )
}
