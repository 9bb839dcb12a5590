//! An expired session is told like one that never was.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.expired-as-unknown",
        "An expired session is told like one that never was",
        "session.expires",
        ReasonCode::WrongValue,
        || edit::edit_message("error", |error| error["code"] = "INVALID_SESSION".into()),
    )
}
