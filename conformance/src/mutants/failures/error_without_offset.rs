//! The error of a query has no offset.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "failures.error-without-offset",
        "the error of a query has no offset",
        "failures.event",
        ReasonCode::Missing,
        || {
            edit::edit_message("error", |error| {
                error.as_object_mut().map(|fields| fields.remove("offset"));
            })
        },
    )
}
