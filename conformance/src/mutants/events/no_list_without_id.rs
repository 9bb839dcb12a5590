//! The error of a subscription lacks its id.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.no-list-without-id",
        "the error of a subscription lacks its id",
        "events.no-list",
        ReasonCode::Missing,
        || {
            edit::edit_message("error", |error| {
                error.as_object_mut().map(|fields| fields.remove("id"));
            })
        },
    )
}
