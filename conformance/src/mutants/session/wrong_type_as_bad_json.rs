//! A handshake field of the wrong type is INVALID_JSON.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.wrong-type-as-bad-json",
        "a handshake field of the wrong type is INVALID_JSON",
        "session.wrong-type",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("error", |error| {
                if error["code"] == "INVALID_MESSAGE" {
                    error["code"] = "INVALID_JSON".into();
                }
            })
        },
    )
}
