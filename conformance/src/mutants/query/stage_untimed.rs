//! One stage's time is left out.

use serde_json::Value;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.stage-untimed",
        "one stage's time is left out",
        "query.result-timings",
        ReasonCode::Missing,
        || {
            edit::edit_message("query_result", |message| {
                if let Some(timings) = message.get_mut("timings_ms").and_then(Value::as_object_mut) {
                    timings.remove("viz");
                }
            })
        },
    )
}
