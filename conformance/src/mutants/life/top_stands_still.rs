//! Top of a heartbeat is what it was at the opening.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.top-stands-still",
        "top of a heartbeat is what it was at the opening",
        "life.heartbeat-top",
        ReasonCode::WrongValue,
        || {
            let mut first = None;
            edit::edit_message("heartbeat_response", move |response| {
                response["top"] = first.get_or_insert_with(|| response["top"].clone()).clone();
            })
        },
    )
}
