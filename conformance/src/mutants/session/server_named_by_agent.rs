//! Server_agent_id is made of the agent instead of the user.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.server-named-by-agent",
        "server_agent_id is made of the agent instead of the user",
        "session.server-agent-id",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("connection_acknowledged", |ack| {
                let name = format!("backend_{}", ack["agent_id"].as_str().unwrap_or_default());
                ack["server_agent_id"] = name.into();
            })
        },
    )
}
