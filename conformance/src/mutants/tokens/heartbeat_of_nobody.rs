//! Heartbeats know no user before the handshake.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.heartbeat-of-nobody",
        "Heartbeats know no user before the handshake",
        "tokens.sub-in-heartbeat",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("heartbeat_response", |answer| {
                answer["connection_id"] = "backend_anonymous".into();
            })
        },
    )
}
