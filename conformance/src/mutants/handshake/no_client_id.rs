//! Connection_established lacks client_id.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.no-client-id",
        "connection_established lacks client_id",
        "handshake.established-fields",
        ReasonCode::Missing,
        || {
            edit::edit_message("connection_established", |message| {
                if let Some(fields) = message.as_object_mut() {
                    fields.remove("client_id");
                }
            })
        },
    )
}
