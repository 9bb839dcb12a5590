//! A foreign session is told apart from an unknown one.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "tokens.foreign-told-apart",
        "A foreign session is told apart from an unknown one",
        "tokens.foreign-progress-same",
        ReasonCode::Leak,
        || {
            let told = Arc::new(AtomicBool::new(false));
            move || {
                let told = Arc::clone(&told);
                edit::edit_message("error", move |error| {
                    if !told.swap(true, Ordering::Relaxed) {
                        error["message"] = "the session is another user's".into();
                    }
                })
            }
        },
    )
}
