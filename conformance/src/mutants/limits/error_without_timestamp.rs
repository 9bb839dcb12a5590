//! Errors have no timestamp.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.error-without-timestamp",
        "errors have no timestamp",
        "limits.error-body",
        ReasonCode::Missing,
        || {
            edit::edit_message("error", |error| {
                error.as_object_mut().map(|fields| fields.remove("timestamp"));
            })
        },
    )
}
