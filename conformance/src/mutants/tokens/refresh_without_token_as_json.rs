//! A refresh without a token is INVALID_JSON.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.refresh-without-token-as-json",
        "A refresh without a token is INVALID_JSON",
        "tokens.refresh-no-token",
        ReasonCode::WrongValue,
        || edit::edit_message("error", |error| error["code"] = "INVALID_JSON".into()),
    )
}
