//! Who comes back is in another life of the session.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "session.reload-is-new",
        "Who comes back is in another life of the session",
        "session.same-after-reload",
        ReasonCode::WrongValue,
        || {
            let count = Arc::new(AtomicU32::new(0));
            move || {
                let count = Arc::clone(&count);
                edit::edit_message("connection_acknowledged", move |answer| {
                    answer["epoch"] = format!("epoch-{}", count.fetch_add(1, Ordering::Relaxed)).into();
                })
            }
        },
    )
}
