//! An unknown event name is passed over in silence.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.unknown-name-dropped",
        "an unknown event name is passed over in silence",
        "session.subscribe-unknown",
        ReasonCode::Missing,
        || edit::edit_message("subscribed", |answer| answer["rejected"] = json!([])),
    )
}
