//! Metrics are counted by address.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};
use std::sync::{Arc, Mutex, PoisonError};

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "tokens.metrics-show-token",
        "Metrics are counted by address",
        "tokens.secret-in-metrics",
        ReasonCode::Leak,
        || {
            let seen = Arc::new(Mutex::new(String::new()));
            move || {
                let seen = Arc::clone(&seen);
                edit::edit_response(move |request, response| {
                    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                    if request.target == "/metrics" {
                        let text = format!("{}requests_total{{path=\"{seen}\"}} 1\n", response.text());
                        response.set_body(text);
                    } else {
                        seen.clone_from(&request.target);
                    }
                })
            }
        },
    )
}
