//! A query while draining has another reason on sockets.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "shutdown.socket-another-reason",
        "a query while draining has another reason on sockets",
        "shutdown.socket-queries",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("error", |error| {
                error["details"]["reason"] = json!("busy");
            })
        },
    )
}
