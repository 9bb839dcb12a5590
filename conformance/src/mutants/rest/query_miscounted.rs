//! The result counts one row more than it has.

use super::edit_body;
use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "rest.query-miscounted",
        "the result counts one row more than it has",
        "rest.query",
        ReasonCode::WrongValue,
        || {
            edit::edit_response(|request, response| {
                if request.target.ends_with("/api/query") {
                    edit_body(response, |body| {
                        body["row_count"] = body["row_count"].as_u64().map(|count| count + 1).into();
                    });
                }
            })
        },
    )
}
