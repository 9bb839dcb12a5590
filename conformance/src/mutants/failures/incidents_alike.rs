//! All internal errors have one number.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "failures.incidents-alike",
        "all internal errors have one number",
        "failures.incidents-differ",
        ReasonCode::Duplicate,
        || edit::edit_message("error", |error| error["details"]["incident_id"] = json!("500")),
    )
}
