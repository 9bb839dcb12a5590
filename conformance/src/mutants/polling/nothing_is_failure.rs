//! Nothing new is not recovered.

use serde_json::json;

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.nothing-is-failure",
        "nothing new is not recovered",
        "polling.nothing-new",
        ReasonCode::WrongValue,
        || {
            bodies("/api/progress/", |body| {
                if body["events"] == json!([]) {
                    body["resumed"]["recovered"] = json!(false);
                }
            })
        },
    )
}
