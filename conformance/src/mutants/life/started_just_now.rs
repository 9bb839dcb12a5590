//! Metrics.started_at is when the answer was made.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.started-just-now",
        "metrics.started_at is when the answer was made",
        "life.started-at",
        ReasonCode::WrongValue,
        || {
            let mut answers = 0;
            edit::edit_message("heartbeat_response", move |response| {
                answers += 1;
                response["metrics"]["started_at"] = format!("2026-01-01T00:00:{answers:02}.000Z").into();
            })
        },
    )
}
