//! Percent falls.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire("polling.percent-falls", "percent falls", "polling.percent", ReasonCode::WrongOrder, || {
        edit::edit_response(|request, response| {
            if !request.target.contains("/api/transactions/") {
                return;
            }
            let Some(mut body) = response.json() else { return };
            if body["status"] == "completed" {
                body["percent"] = json!(0.5);
            } else {
                body["percent"] = json!(60);
            }
            response.set_body(body.to_string());
        })
    })
}
