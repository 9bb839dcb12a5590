//! Tidegate.v1 is selected whatever was offered.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.unoffered-subprotocol",
        "tidegate.v1 is selected whatever was offered",
        "handshake.unoffered-subprotocol",
        ReasonCode::Unexpected,
        || {
            edit::edit_response(|_, response| {
                if response.status == 101 {
                    response.set_field("Sec-WebSocket-Protocol", Some("tidegate.v1"));
                }
            })
        },
    )
}
