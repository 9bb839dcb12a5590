//! An offset is given to nobody.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.offset-skipped",
        "an offset is given to nobody",
        "resume.offsets",
        ReasonCode::Lost,
        || {
            edit::edit_message("*", |message| {
                if let Some(offset) = message["offset"].as_u64() {
                    message["offset"] = json!(if offset > 3 { offset + 1 } else { offset });
                }
            })
        },
    )
}
