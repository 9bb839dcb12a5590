//! Ids that were not given come as null.

use serde_json::Value;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.id-as-null",
        "ids that were not given come as null",
        "query.echo-no-others",
        ReasonCode::Unexpected,
        || {
            edit::edit_message("progress_update", |message| {
                message["correlation_id"] = Value::Null;
            })
        },
    )
}
