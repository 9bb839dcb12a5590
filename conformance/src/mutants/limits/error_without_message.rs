//! The message of an error is empty.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.error-without-message",
        "the message of an error is empty",
        "limits.error-body",
        ReasonCode::WrongValue,
        || edit::edit_message("error", |error| error["message"] = "".into()),
    )
}
