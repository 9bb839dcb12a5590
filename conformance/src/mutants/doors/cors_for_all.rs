//! Every origin is told that it may read.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.cors-for-all",
        "Every origin is told that it may read",
        "doors.origin-cors",
        ReasonCode::Accepted,
        || {
            edit::edit_response(|request, response| {
                let origin = request.field("Origin").map(str::to_owned);
                response.set_field("Access-Control-Allow-Origin", origin.as_deref());
            })
        },
    )
}
