//! A query waits for the slowest reader.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "events.slowest-decides",
        "a query waits for the slowest reader",
        "events.slow-reader",
        ReasonCode::Missing,
        || {
            let connections = Arc::new(AtomicUsize::new(0));
            move || {
                let number = connections.fetch_add(1, Ordering::Relaxed);
                let connections = Arc::clone(&connections);
                edit::on_message("query_result", move |_, _| {
                    if number == 0 && connections.load(Ordering::Relaxed) > 1 {
                        Action::drop()
                    } else {
                        Action::Pass
                    }
                })
            }
        },
    )
}
