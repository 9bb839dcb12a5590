//! Another than the default is asked.

use serde_json::json;

use super::contexts;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.first-of-list",
        "another than the default is asked",
        "database.default",
        ReasonCode::WrongValue,
        || {
            contexts(|context| {
                context["database"] = json!("another");
            })
        },
    )
}
