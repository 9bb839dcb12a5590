//! Sessions are numbered.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "session.ids-counted",
        "Sessions are numbered",
        "session.ids-unlike",
        ReasonCode::WrongValue,
        || {
            let count = Arc::new(AtomicU32::new(1_000));
            move || {
                let count = Arc::clone(&count);
                edit::edit_message("connection_established", move |greeting| {
                    greeting["session_id"] =
                        format!("session_{}", count.fetch_add(1, Ordering::Relaxed)).into();
                })
            }
        },
    )
}
