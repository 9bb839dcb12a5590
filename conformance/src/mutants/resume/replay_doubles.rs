//! The first missed event is replayed twice.

use crate::checks::{ReasonCode, field};
use crate::mutants::{Action, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.replay-doubles",
        "the first missed event is replayed twice",
        "resume.cut-mid-query",
        ReasonCode::Duplicate,
        || {
            let mut armed = false;
            edit::on_message("*", move |message, value| {
                if field::name(&value) == "resumed" {
                    armed = true;
                } else if armed && value.get("offset").is_some() {
                    armed = false;
                    return Action::duplicate(message);
                }
                Action::Pass
            })
        },
    )
}
