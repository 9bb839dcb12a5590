//! Agent_id is left out when none was given.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.agent-id-left-out",
        "agent_id is left out when none was given",
        "session.no-field-mandatory",
        ReasonCode::Missing,
        || {
            edit::edit_message("connection_acknowledged", |ack| {
                if ack["agent_id"].is_null()
                    && let Some(fields) = ack.as_object_mut()
                {
                    fields.remove("agent_id");
                }
            })
        },
    )
}
