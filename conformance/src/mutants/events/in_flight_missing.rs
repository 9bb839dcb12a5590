//! Agent_status does not count what is in flight.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.in-flight-missing",
        "agent_status does not count what is in flight",
        "events.agent-fields",
        ReasonCode::Missing,
        || {
            edit::edit_message("agent_status", |status| {
                status.as_object_mut().map(|fields| fields.remove("in_flight"));
            })
        },
    )
}
