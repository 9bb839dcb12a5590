//! A door with query text is an unknown path.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply, edit};
use crate::peer::Response;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.query-text-refused",
        "a door with query text is an unknown path",
        "handshake.query-text",
        ReasonCode::WrongStatus,
        || {
            edit::on_request(|request| {
                if request.target.contains('?') {
                    Reply::Answer(Response::new(404, "Not Found", ""))
                } else {
                    Reply::Pass
                }
            })
        },
    )
}
