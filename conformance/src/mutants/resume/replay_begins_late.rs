//! The first missed event is not replayed.

use crate::checks::{ReasonCode, field};
use crate::mutants::{Action, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.replay-begins-late",
        "the first missed event is not replayed",
        "resume.cut-mid-query",
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
