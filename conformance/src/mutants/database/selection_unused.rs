//! A selection is not asked.

use serde_json::json;

use super::contexts;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.selection-unused",
        "a selection is not asked",
        "database.session",
        ReasonCode::WrongValue,
        || {
            contexts(|context| {
                context["database"] = json!("financial_db");
            })
        },
    )
}
