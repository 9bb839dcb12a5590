//! The first offered subprotocol is selected, known or not.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.first-subprotocol",
        "the first offered subprotocol is selected, known or not",
        "handshake.subprotocol",
        ReasonCode::WrongValue,
        || {
            edit::edit_response(|request, response| {
                let offered = request.field("Sec-WebSocket-Protocol").and_then(|list| list.split(',').next());
                if let (101, Some(first)) = (response.status, offered) {
                    response.set_field("Sec-WebSocket-Protocol", Some(first.trim()));
                }
            })
        },
    )
}
