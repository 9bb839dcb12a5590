//! An unknown workflow is the usual one.

use serde_json::json;

use super::asked;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.workflow-guessed",
        "an unknown workflow is the usual one",
        "query.unknown-workflow",
        ReasonCode::Accepted,
        || {
            asked(|query| {
                if query["preferences"]["workflow"].as_str().is_some_and(|name| name.starts_with("no-such")) {
                    query["preferences"] = json!({});
                }
            })
        },
    )
}
