//! Every Origin is refused, the server's own too.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply, edit};
use crate::peer::Response;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.own-origin-refused",
        "every Origin is refused, the server's own too",
        "handshake.same-origin",
        ReasonCode::WrongStatus,
        || {
            edit::on_request(|request| {
                if request.field("Origin").is_some() {
                    Reply::Answer(Response::new(403, "Forbidden", ""))
                } else {
                    Reply::Pass
                }
            })
        },
    )
}
