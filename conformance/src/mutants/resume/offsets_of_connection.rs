//! Each connection counts its own offsets.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "resume.offsets-of-connection",
        "each connection counts its own offsets",
        "resume.same-offsets",
        ReasonCode::WrongValue,
        || {
            let connections = Arc::new(AtomicUsize::new(0));
            move || {
                let number = connections.fetch_add(1, Ordering::Relaxed);
                edit::edit_message("*", move |message| {
                    if let Some(offset) = message["offset"].as_u64() {
                        message["offset"] = json!(offset + 10 * number as u64);
                    }
                })
            }
        },
    )
}
