//! A breaker that has opened stays open.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "failures.circuit-for-ever",
        "a breaker that has opened stays open",
        "failures.circuit-probe",
        ReasonCode::Missing,
        || {
            let mut opened = false;
            edit::edit_message("error", move |error| {
                opened |= error["code"] == "CIRCUIT_OPEN";
                if opened {
                    error["code"] = json!("CIRCUIT_OPEN");
                }
            })
        },
    )
}
