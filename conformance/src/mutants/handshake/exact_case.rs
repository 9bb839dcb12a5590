//! The token websocket is compared letter by letter.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply, edit};
use crate::peer::Response;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.exact-case",
        "the token websocket is compared letter by letter",
        "handshake.case-insensitive",
        ReasonCode::WrongStatus,
        || {
            edit::on_request(|request| {
                if request.field("Upgrade") != Some("websocket") {
                    Reply::Answer(Response::new(426, "Upgrade Required", ""))
                } else {
                    Reply::Pass
                }
            })
        },
    )
}
