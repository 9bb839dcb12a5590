//! Nothing is replayed once anything is gone.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.all-or-refused",
        "nothing is replayed once anything is gone",
        "resume.held",
        ReasonCode::Refused,
        || {
            edit::edit_message("resumed", |resumed| {
                if resumed["from"].as_u64().is_some_and(|from| from > 30) {
                    *resumed = json!({
                        "type": "resumed", "recovered": false, "reason": "TOO_MANY", "from": null, "to": null,
                        "epoch": resumed["epoch"], "top": resumed["top"], "timestamp": resumed["timestamp"],
                    });
                }
            })
        },
    )
}
