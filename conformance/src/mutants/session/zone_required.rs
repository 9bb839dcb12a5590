//! The typed dialect refuses a timestamp without a zone.

use super::refusal;
use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.zone-required",
        "the typed dialect refuses a timestamp without a zone",
        "session.typed-naive-timestamp",
        ReasonCode::Refused,
        || {
            edit::client_messages(|message| match message.to_json() {
                Some(value) if value["timestamp"].as_str().is_some_and(|stamp| !stamp.ends_with('Z')) => {
                    Action::replace(refusal("INVALID_MESSAGE"))
                }
                _ => Action::Pass,
            })
        },
    )
}
