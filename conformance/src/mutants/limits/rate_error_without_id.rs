//! The error does not say which message it refuses.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.rate-error-without-id",
        "the error has no id of the message it refuses",
        "limits.rate",
        ReasonCode::Missing,
        || {
            edit::edit_message("error", |error| {
                error.as_object_mut().map(|fields| fields.remove("id"));
            })
        },
    )
}
