//! A response has no visualization.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.response-without-chart",
        "A response has no visualization",
        "doors.typed-response",
        ReasonCode::Missing,
        || {
            edit::edit_message("response", |response| {
                response["result"].as_object_mut().map(|result| result.shift_remove("visualization"));
            })
        },
    )
}
