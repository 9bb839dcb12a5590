//! A foreign command cancels the query.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.foreign-cancelled",
        "a foreign command cancels the query",
        "query.foreign-transaction",
        ReasonCode::Refused,
        || {
            edit::edit_message("query_result", |message| {
                message["type"] = json!("query_cancelled");
            })
        },
    )
}
