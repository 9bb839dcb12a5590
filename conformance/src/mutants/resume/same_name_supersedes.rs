//! The same agent without resume supersedes too.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::checks::{ReasonCode, field};
use crate::mutants::{Action, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "resume.same-name-supersedes",
        "the same agent without resume supersedes too",
        "resume.only-resume-supersedes",
        ReasonCode::Closed,
        || {
            // Told by the second connection that joins, seen by the first with whatever comes next.
            let joined = Arc::new(AtomicUsize::new(0));
            move || {
                let (joined, mut number) = (Arc::clone(&joined), None);
                edit::server_messages(move |message| {
                    let acknowledged = message
                        .to_json()
                        .is_some_and(|value| field::name(&value) == "connection_acknowledged");
                    if acknowledged {
                        number = Some(joined.fetch_add(1, Ordering::Relaxed));
                    }
                    if number == Some(0) && joined.load(Ordering::Relaxed) > 1 {
                        return Action::close(1000, "Superseded");
                    }
                    Action::Pass
                })
            }
        },
    )
}
