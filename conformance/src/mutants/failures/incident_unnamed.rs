//! An internal error has no number.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "failures.incident-unnamed",
        "an internal error has no number",
        "failures.incident",
        ReasonCode::Missing,
        || {
            edit::edit_message("error", |error| {
                error.as_object_mut().map(|fields| fields.remove("details"));
            })
        },
    )
}
