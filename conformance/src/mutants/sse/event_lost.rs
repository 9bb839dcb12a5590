//! An event is lost on the way.

use crate::checks::ReasonCode;
use crate::mutants::{EventAction, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "sse.event-lost",
        "an event is lost on the way",
        "sse.offsets",
        ReasonCode::WrongValue,
        || {
            edit::on_event("progress_update", |_, value| {
                if value["offset"] == 2 { EventAction::Text(String::new()) } else { EventAction::Pass }
            })
        },
    )
}
