//! The result does not show its SQL.

use super::edit_body;
use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "rest.query-without-sql",
        "the result does not show its SQL",
        "rest.query",
        ReasonCode::Missing,
        || {
            edit::edit_response(|request, response| {
                if request.target.ends_with("/api/query") {
                    edit_body(response, |body| {
                        body.as_object_mut().map(|fields| fields.remove("sql"));
                    });
                }
            })
        },
    )
}
