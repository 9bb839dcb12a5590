//! A handshake without a user belongs to null.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.nobody-is-null",
        "a handshake without a user belongs to null",
        "session.anonymous",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("connection_acknowledged", |ack| {
                if ack["server_agent_id"] == "backend_anonymous" {
                    ack["server_agent_id"] = "backend_null".into();
                }
            })
        },
    )
}
