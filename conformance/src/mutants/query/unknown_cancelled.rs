//! Cancelling what nobody knows succeeds.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.unknown-cancelled",
        "cancelling what nobody knows succeeds",
        "query.unknown-transaction",
        ReasonCode::Accepted,
        || {
            edit::edit_message("error", |message| {
                *message = json!({"type": "command_result", "action": "cancel", "status": "cancelled"});
            })
        },
    )
}
