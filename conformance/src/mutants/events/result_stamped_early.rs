//! A result is stamped with an earlier time.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.result-stamped-early",
        "a result is stamped with an earlier time",
        "events.stamps",
        ReasonCode::WrongOrder,
        || {
            edit::edit_message("query_result", |result| {
                result["timestamp"] = json!("2001-01-01T00:00:00.000Z");
            })
        },
    )
}
