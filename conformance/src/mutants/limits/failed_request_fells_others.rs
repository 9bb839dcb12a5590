//! A request that fails fells the others.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.failed-request-fells-others",
        "A request that fails fells the others",
        "limits.failed-request-alone",
        ReasonCode::Refused,
        || {
            edit::edit_response(|request, response| {
                if request.method == "POST" && response.status == 200 {
                    response.status = 500;
                }
            })
        },
    )
}
