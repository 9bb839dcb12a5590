//! Validate selects.

use serde_json::json;

use super::contexts;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.validate-selects",
        "validate selects",
        "database.validate-alone",
        ReasonCode::WrongValue,
        || {
            contexts(|context| {
                context["database"] = json!("another");
            })
        },
    )
}
