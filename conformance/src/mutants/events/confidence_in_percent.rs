//! Confidence is in per cent.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.confidence-in-percent",
        "confidence is in per cent",
        "events.belief-fields",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("belief_state", |state| {
                if let Some(beliefs) = state["beliefs"].as_array_mut() {
                    beliefs.iter_mut().for_each(|belief| belief["confidence"] = json!(87));
                }
            })
        },
    )
}
