//! Each query counts its own offsets.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.offsets-of-query",
        "each query counts its own offsets",
        "resume.offsets",
        ReasonCode::Duplicate,
        || {
            let mut offset = 0;
            edit::edit_message("*", move |message| {
                if message["type"] == "query_accepted" {
                    offset = 0;
                }
                if message.get("offset").is_some() {
                    offset += 1;
                    message["offset"] = json!(offset);
                }
            })
        },
    )
}
