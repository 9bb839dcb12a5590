//! The last event of the replay comes once more, live.

use crate::checks::{ReasonCode, field};
use crate::mutants::{Action, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.seam-doubled",
        "the last event of the replay comes once more, live",
        "resume.live-follows",
        ReasonCode::Duplicate,
        || {
            let mut to = None;
            edit::on_message("*", move |message, value| {
                if field::name(&value) == "resumed" {
                    to = value["to"].as_u64();
                } else if to.is_some() && value["offset"].as_u64() >= to {
                    to = None;
                    return Action::duplicate(message);
                }
                Action::Pass
            })
        },
    )
}
