//! Progress goes to the asker alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "resume.progress-to-asker-alone",
        "progress goes to the asker alone",
        "resume.same-offsets",
        ReasonCode::Lost,
        || {
            let connections = Arc::new(AtomicUsize::new(0));
            move || {
                let first = connections.fetch_add(1, Ordering::Relaxed) == 0;
                edit::on_message(
                    "progress_update",
                    move |_, _| if first { Action::Pass } else { Action::drop() },
                )
            }
        },
    )
}
