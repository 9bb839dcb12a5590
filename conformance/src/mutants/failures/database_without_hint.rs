//! Nobody is told what to do about a database that does not answer.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "failures.database-without-hint",
        "nobody is told what to do about a database that does not answer",
        "failures.no-database-helps",
        ReasonCode::Missing,
        || {
            edit::edit_message("error", |error| {
                error["details"].as_object_mut().map(|details| details.remove("hint"));
            })
        },
    )
}
