//! Every part has the columns.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.columns-in-every-part",
        "every part has the columns",
        "query.stream-columns",
        ReasonCode::Unexpected,
        || {
            edit::edit_message("partial_result", |message| {
                message["columns"] = json!([{"name": "customer", "type": "text"}]);
            })
        },
    )
}
