//! A query that does not say application/json is refused.
use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "rest.query-only-json",
        "a query that does not say application/json is refused",
        "rest.query-any-content-type",
        ReasonCode::WrongStatus,
        || {
            edit::edit_response(|request, response| {
                if request.field("Content-Type").is_some_and(|kind| kind.starts_with("text/plain")) {
                    response.status = 415;
                }
            })
        },
    )
}
