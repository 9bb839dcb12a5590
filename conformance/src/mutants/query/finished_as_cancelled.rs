//! A finished query is called cancelled.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.finished-as-cancelled",
        "a finished query is called cancelled",
        "query.finished-stays",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("command_result", |message| {
                message["status"] = json!("cancelled");
            })
        },
    )
}
