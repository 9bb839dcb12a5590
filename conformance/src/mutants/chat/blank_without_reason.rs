//! A blank message is refused without a reason.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "chat.blank-without-reason",
        "A blank message is refused without a reason",
        "chat.blank",
        ReasonCode::Missing,
        || {
            edit::edit_message("error", |error| {
                error.as_object_mut().map(|fields| fields.shift_remove("details"));
            })
        },
    )
}
