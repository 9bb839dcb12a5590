//! The newest event grows old like any other.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.newest-expires",
        "the newest event grows old like any other",
        "resume.newest-kept",
        ReasonCode::Lost,
        || {
            edit::edit_message("resumed", |resumed| {
                if resumed["from"].is_u64() && resumed["from"] == resumed["to"] {
                    resumed["recovered"] = json!(false);
                    resumed["reason"] = json!("EXPIRED");
                }
            })
        },
    )
}
