//! A query ends with its asker.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "events.query-dies-with-asker",
        "a query ends with its asker",
        "events.asker-gone",
        ReasonCode::Missing,
        || {
            let results = Arc::new(AtomicUsize::new(0));
            move || {
                let results = Arc::clone(&results);
                edit::on_message("query_result", move |_, _| {
                    results.fetch_add(1, Ordering::Relaxed);
                    Action::drop()
                })
            }
        },
    )
}
