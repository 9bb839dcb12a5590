//! Errors lose their correlation_id.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "failures.error-without-correlation",
        "errors lose their correlation_id",
        "failures.ids",
        ReasonCode::Missing,
        || {
            edit::edit_message("error", |error| {
                error.as_object_mut().map(|fields| fields.remove("correlation_id"));
            })
        },
    )
}
