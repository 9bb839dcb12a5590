//! A greeting lists who is there.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};
use std::sync::{Arc, Mutex, PoisonError};

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "security.greeting-lists-clients",
        "A greeting lists who is there",
        "security.greeting-anonymous",
        ReasonCode::Leak,
        || {
            let seen = Arc::new(Mutex::new(Vec::new()));
            move || {
                let seen = Arc::clone(&seen);
                edit::edit_message("connection_established", move |greeting| {
                    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                    let own = greeting["client_id"].clone();
                    greeting["clients"] = seen.clone().into();
                    seen.push(own);
                })
            }
        },
    )
}
