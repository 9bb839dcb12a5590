//! Metrics are counted by session.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};
use std::sync::{Arc, Mutex, PoisonError};

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "security.metrics-by-session",
        "Metrics are counted by session",
        "security.metrics-anonymous",
        ReasonCode::Leak,
        || {
            let seen = Arc::new(Mutex::new(String::new()));
            move || {
                let seen = Arc::clone(&seen);
                edit::edit_response(move |request, response| {
                    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                    if request.target == "/metrics" {
                        let text = format!("{}connections{{door=\"{seen}\"}} 1\n", response.text());
                        response.set_body(text);
                    } else if request.target.starts_with("/ws/progress/") {
                        seen.clone_from(&request.target);
                    }
                })
            }
        },
    )
}
