//! Agents get names of the server's.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.agent-named-by-server",
        "Agents get names of the server's",
        "session.browser-handshake",
        ReasonCode::WrongValue,
        || edit::edit_message("connection_acknowledged", |answer| answer["agent_id"] = "agent-1".into()),
    )
}
