//! Subscribed does not name what was asked for.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.subscribed-unnamed",
        "subscribed does not name what was asked for",
        "session.subscribe",
        ReasonCode::Missing,
        || edit::edit_message("subscribed", |answer| answer["events"] = json!([])),
    )
}
