//! Agent_id comes back in small letters.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.agent-id-lowercased",
        "agent_id comes back in small letters",
        "session.agent-id",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("connection_acknowledged", |ack| {
                let small = ack["agent_id"].as_str().map(str::to_lowercase);
                ack["agent_id"] = small.into();
            })
        },
    )
}
