//! A query before the handshake is FORBIDDEN.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.required-as-forbidden",
        "A query before the handshake is FORBIDDEN",
        "handshake.required-query",
        ReasonCode::WrongValue,
        || edit::edit_message("error", |error| error["code"] = "FORBIDDEN".into()),
    )
}
