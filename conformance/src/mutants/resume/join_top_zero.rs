//! Who joins is told that nothing happened yet.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.join-top-zero",
        "who joins is told that nothing happened yet",
        "resume.top-at-join",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("connection_acknowledged", |message| {
                message["top"] = json!(0);
            })
        },
    )
}
