//! Bad JSON is a fault of the server.
use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "rest.bad-json-as-server-fault",
        "bad JSON is a fault of the server",
        "rest.query-bad-json",
        ReasonCode::WrongStatus,
        || {
            edit::edit_response(|_, response| {
                if response.status == 400 {
                    response.status = 500;
                }
            })
        },
    )
}
