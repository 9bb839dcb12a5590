//! Selecting what does not answer is a conflict.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "failures.select-conflicts",
        "selecting what does not answer is a conflict",
        "failures.no-database-select",
        ReasonCode::WrongStatus,
        || {
            edit::edit_response(|request, response| {
                if request.target.ends_with("/api/database/select") && response.status == 503 {
                    response.status = 409;
                }
            })
        },
    )
}
