//! A database that does not answer is valid.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "failures.sleeping-is-valid",
        "a database that does not answer is valid",
        "failures.no-database-validate",
        ReasonCode::WrongValue,
        || {
            edit::edit_response(|request, response| {
                if request.target.ends_with("/api/database/validate") {
                    response.set_body(r#"{"valid":true,"errors":[]}"#);
                }
            })
        },
    )
}
