//! The 101 lacks Upgrade: websocket.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.no-upgrade-field",
        "the 101 lacks Upgrade: websocket",
        "handshake.accepts",
        ReasonCode::Missing,
        || {
            edit::edit_response(|_, response| {
                if response.status == 101 {
                    response.set_field("Upgrade", None);
                }
            })
        },
    )
}
