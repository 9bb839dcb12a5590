//! Every offered extension is accepted.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.extension-echoed",
        "every offered extension is accepted",
        "handshake.unknown-extension",
        ReasonCode::Unexpected,
        || {
            edit::edit_response(|request, response| {
                if let (101, Some(offer)) = (response.status, request.field("Sec-WebSocket-Extensions")) {
                    response.set_field("Sec-WebSocket-Extensions", Some(offer));
                }
            })
        },
    )
}
