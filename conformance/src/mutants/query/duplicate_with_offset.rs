//! The acceptance of a duplicate has an offset.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.duplicate-with-offset",
        "the acceptance of a duplicate has an offset",
        "query.same-query-id",
        ReasonCode::Unexpected,
        || {
            edit::edit_message("query_accepted", |message| {
                if message["duplicate"] == true {
                    message["offset"] = json!(99);
                }
            })
        },
    )
}
