//! The context is everybody's.

use super::{follows, rewritten};
use crate::checks::ReasonCode;
use crate::mutants::Mutant;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "chat.context-of-all",
        "The context is everybody's",
        "chat.of-own-session",
        ReasonCode::Leak,
        || {
            let spoken = Arc::new(AtomicBool::new(false));
            move || {
                let spoken = Arc::clone(&spoken);
                rewritten(move |chat| {
                    if !follows(chat) {
                        spoken.store(true, Ordering::Relaxed);
                    } else if spoken.load(Ordering::Relaxed) {
                        chat["message"] = "show revenue by region for 2023".into();
                    }
                })
            }
        },
    )
}
