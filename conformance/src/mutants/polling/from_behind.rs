//! From is the offset that was given.

use serde_json::json;

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.from-behind",
        "from is the offset that was given",
        "polling.resumed-fields",
        ReasonCode::WrongValue,
        || {
            bodies("/api/progress/", |body| {
                if let Some(from) = body["resumed"]["from"].as_u64() {
                    body["resumed"]["from"] = json!(from.saturating_sub(1));
                }
            })
        },
    )
}
