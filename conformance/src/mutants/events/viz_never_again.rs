//! One agent is told of at work only.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.viz-never-again",
        "one agent is told of at work only",
        "events.agents-again",
        ReasonCode::Missing,
        || {
            edit::on_message("agent_status", |_, status| {
                let idle = status["in_flight"] == 0;
                if status["agent"] == "viz" && idle { Action::drop() } else { Action::Pass }
            })
        },
    )
}
