//! The snapshot has a status of its own for what is paused.

use serde_json::json;

use super::each_told;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.snapshot-of-own-words",
        "the snapshot has a status of its own for what is paused",
        "resume.snapshot",
        ReasonCode::WrongValue,
        || {
            each_told(|told| {
                if told["status"] == "paused" {
                    told["status"] = json!("held");
                }
            })
        },
    )
}
