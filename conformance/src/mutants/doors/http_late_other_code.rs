//! What a handshake reveals has another code.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.http-late-other-code",
        "What a handshake reveals has another code",
        "doors.http-late-refusal",
        ReasonCode::WrongValue,
        || edit::edit_message("error", |error| error["code"] = "FORBIDDEN".into()),
    )
}
