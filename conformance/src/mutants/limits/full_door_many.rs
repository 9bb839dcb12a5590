//! A full door is TOO_MANY_CONNECTIONS.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.full-door-many",
        "A full door is TOO_MANY_CONNECTIONS",
        "limits.full-door",
        ReasonCode::WrongValue,
        || edit::edit_message("error", |error| error["code"] = "TOO_MANY_CONNECTIONS".into()),
    )
}
