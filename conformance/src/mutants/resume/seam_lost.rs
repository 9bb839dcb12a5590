//! The first event behind the replay is lost.

use crate::checks::{ReasonCode, field};
use crate::mutants::{Action, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.seam-lost",
        "the first event behind the replay is lost",
        "resume.live-follows",
        ReasonCode::Lost,
        || {
            let mut to = None;
            edit::on_message("*", move |_, value| {
                if field::name(&value) == "resumed" {
                    to = value["to"].as_u64();
                } else if to.is_some() && value["offset"].as_u64() > to {
                    to = None;
                    return Action::drop();
                }
                Action::Pass
            })
        },
    )
}
