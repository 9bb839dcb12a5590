//! A long question is an invalid message.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.long-as-invalid",
        "a long question is an invalid message",
        "query.rejects-too-long",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("error", |message| {
                message["code"] = json!("INVALID_MESSAGE");
            })
        },
    )
}
