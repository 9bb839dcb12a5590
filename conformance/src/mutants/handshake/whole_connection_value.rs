//! Connection is compared as a whole, not as a list.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply, edit};
use crate::peer::Response;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.whole-connection-value",
        "Connection is compared as a whole, not as a list",
        "handshake.connection-list",
        ReasonCode::WrongStatus,
        || {
            edit::on_request(|request| {
                if request.field("Connection") != Some("Upgrade") {
                    Reply::Answer(Response::new(400, "Bad Request", ""))
                } else {
                    Reply::Pass
                }
            })
        },
    )
}
