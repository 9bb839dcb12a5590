//! A failed query ends with another code: one mutant for each cause.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::checks::failures::cause::{Case, ON_SOCKETS};
use crate::mutants::{Mutant, edit};

pub(super) fn mutants() -> Vec<Mutant> {
    ON_SOCKETS.iter().map(mutant).collect()
}

fn mutant(case: &'static Case<&'static str>) -> Mutant {
    let ((id, instead), code) = (case.mutant, case.cause.code);
    let description = "a failed query ends with another code";
    Mutant::wire(id, description, case.id, ReasonCode::WrongValue, move || {
        edit::edit_message("error", move |error| {
            if error["code"] == code {
                error["code"] = json!(instead);
            }
        })
    })
}
