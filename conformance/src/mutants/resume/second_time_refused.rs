//! The second resume from one place fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "resume.second-time-refused",
        "the second resume from one place fails",
        "resume.nothing-missed",
        ReasonCode::WrongValue,
        || {
            let resumed = Arc::new(AtomicUsize::new(0));
            move || {
                let resumed = Arc::clone(&resumed);
                edit::edit_message("resumed", move |message| {
                    if resumed.fetch_add(1, Ordering::Relaxed) > 0 {
                        message["recovered"] = json!(false);
                    }
                })
            }
        },
    )
}
