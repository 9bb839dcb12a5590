//! A missing token is told like a bad one.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.missing-token-failed",
        "A missing token is told like a bad one",
        "tokens.none",
        ReasonCode::WrongValue,
        || edit::edit_message("error", |error| error["code"] = "AUTH_FAILED".into()),
    )
}
