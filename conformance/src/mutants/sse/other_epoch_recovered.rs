//! Another epoch is recovered.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "sse.other-epoch-recovered",
        "another epoch is recovered",
        "sse.other-epoch",
        ReasonCode::WrongValue,
        || {
            edit::edit_event("resumed", |resumed| {
                resumed["recovered"] = json!(true);
            })
        },
    )
}
