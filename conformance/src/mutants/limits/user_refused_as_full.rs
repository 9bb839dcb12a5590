//! A connection more of a user is SERVER_FULL.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.user-refused-as-full",
        "A connection more of a user is SERVER_FULL",
        "limits.per-user",
        ReasonCode::WrongValue,
        || edit::edit_message("error", |error| error["code"] = "SERVER_FULL".into()),
    )
}
