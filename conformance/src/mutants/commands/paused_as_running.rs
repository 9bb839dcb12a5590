//! A request shows a paused query as running.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.paused-as-running",
        "a request shows a paused query as running",
        "commands.paused-by-request",
        ReasonCode::WrongValue,
        || {
            edit::edit_response(|_, response| {
                let Some(mut body) = response.json() else { return };
                if body["status"] == "paused" {
                    body["status"] = json!("running");
                    response.set_body(body.to_string());
                }
            })
        },
    )
}
