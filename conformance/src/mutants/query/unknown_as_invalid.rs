//! An unknown transaction is an invalid message.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.unknown-as-invalid",
        "an unknown transaction is an invalid message",
        "query.unknown-transaction",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("error", |message| {
                message["code"] = json!("INVALID_MESSAGE");
            })
        },
    )
}
