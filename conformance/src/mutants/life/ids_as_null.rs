//! Ids that were not given come back as null.

use serde_json::Value;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.ids-as-null",
        "ids that were not given come back as null",
        "life.pong-adds-no-ids",
        ReasonCode::Unexpected,
        || {
            edit::edit_message("pong", |pong| {
                if pong.get("query_id").is_none() {
                    pong["query_id"] = Value::Null;
                }
            })
        },
    )
}
