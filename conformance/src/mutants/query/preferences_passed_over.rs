//! Preferences that can't be read are passed over.

use serde_json::json;

use super::asked;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.preferences-passed-over",
        "preferences that can't be read are passed over",
        "query.bad-preferences",
        ReasonCode::Accepted,
        || {
            asked(|query| {
                let preferences = &query["preferences"];
                let odd = !(preferences.is_object() || preferences.is_null())
                    || ["stream", "max_rows", "workflow"].iter().any(|name| {
                        let wanted = &preferences[*name];
                        wanted.is_number() && !(*name == "max_rows" && wanted.is_u64())
                    })
                    || preferences["max_rows"].is_string();
                if odd {
                    query["preferences"] = json!({});
                }
            })
        },
    )
}
