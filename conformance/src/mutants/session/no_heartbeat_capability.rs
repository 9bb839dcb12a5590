//! The server does not name heartbeat among its capabilities.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.no-heartbeat-capability",
        "the server does not name heartbeat among its capabilities",
        "session.capabilities",
        ReasonCode::Missing,
        || {
            edit::edit_message("connection_acknowledged", |ack| {
                if let Some(list) = ack["server_capabilities"].as_array_mut() {
                    list.retain(|name| name != "heartbeat");
                }
            })
        },
    )
}
