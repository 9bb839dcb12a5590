//! Over HTTP a repeated query runs anew.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.http-runs-anew",
        "over HTTP a repeated query runs anew",
        "commands.repeat-over-http",
        ReasonCode::WrongValue,
        || {
            edit::edit_response(|request, response| {
                let Some(mut body) = response.json() else { return };
                if request.target.ends_with("/api/query") {
                    body["transaction_id"] = json!("tx_00000000000000000003");
                    response.set_body(body.to_string());
                }
            })
        },
    )
}
