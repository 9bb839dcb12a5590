//! The accept value is computed from another key.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};
use crate::peer::{SAMPLE_KEY, accept_value};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.wrong-accept",
        "the accept value is computed from another key",
        "handshake.accepts",
        ReasonCode::WrongValue,
        || {
            edit::edit_response(|_, response| {
                if response.status == 101 {
                    response.set_field("Sec-WebSocket-Accept", Some(&accept_value(SAMPLE_KEY)));
                }
            })
        },
    )
}
