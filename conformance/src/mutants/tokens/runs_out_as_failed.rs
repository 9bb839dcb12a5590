//! A token that has run out is AUTH_FAILED.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.runs-out-as-failed",
        "A token that has run out is AUTH_FAILED",
        "tokens.runs-out",
        ReasonCode::WrongValue,
        || edit::edit_message("error", |error| error["code"] = "AUTH_FAILED".into()),
    )
}
