//! A value in the parts is not that of the whole.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.part-changes-value",
        "a value in the parts is not that of the whole",
        "query.stream-same",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("partial_result", |part| {
                if let Some(value) = part.pointer_mut("/rows/0/1") {
                    *value = json!("changed");
                }
            })
        },
    )
}
