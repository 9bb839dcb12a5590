//! Commands of the typed dialect are of an unknown type.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.typed-command-unread",
        "Commands of the typed dialect are of an unknown type",
        "doors.typed-command",
        ReasonCode::WrongValue,
        || edit::edit_message("error", |error| error["code"] = "UNKNOWN_TYPE".into()),
    )
}
