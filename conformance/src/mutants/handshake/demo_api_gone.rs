//! The second demo door is an unknown path.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply, edit};
use crate::peer::Response;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.demo-api-gone",
        "the second demo door is an unknown path",
        "handshake.demo-doors",
        ReasonCode::WrongStatus,
        || {
            edit::on_request(|request| {
                if request.target.starts_with("/api/v1/ws/demo") {
                    Reply::Answer(Response::new(404, "Not Found", ""))
                } else {
                    Reply::Pass
                }
            })
        },
    )
}
