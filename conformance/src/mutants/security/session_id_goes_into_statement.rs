//! A session id goes into the statement.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};
use crate::peer::Response;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "security.session-id-goes-into-statement",
        "A session id goes into the statement",
        "security.sql-in-session",
        ReasonCode::Accepted,
        || {
            edit::edit_response(|request, response| {
                if request.target.contains('\'') {
                    *response = Response::new(200, "OK", "{}");
                }
            })
        },
    )
}
