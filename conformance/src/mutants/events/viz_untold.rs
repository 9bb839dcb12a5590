//! The status of viz is never told.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.viz-untold",
        "the status of viz is never told",
        "events.agents-all",
        ReasonCode::Missing,
        || {
            edit::on_message("agent_status", |_, status| {
                if status["agent"] == "viz" { Action::drop() } else { Action::Pass }
            })
        },
    )
}
