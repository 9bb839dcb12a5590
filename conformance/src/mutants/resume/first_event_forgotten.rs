//! Offset 0 brings the events from the second on.

use crate::checks::{ReasonCode, field};
use crate::mutants::{Action, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.first-event-forgotten",
        "offset 0 brings the events from the second on",
        "resume.from-the-beginning",
        ReasonCode::Lost,
        || {
            let mut armed = false;
            edit::on_message("*", move |_, value| {
                if field::name(&value) == "resumed" {
                    armed = true;
                } else if armed && value.get("offset").is_some() {
                    armed = false;
                    return Action::drop();
                }
                Action::Pass
            })
        },
    )
}
