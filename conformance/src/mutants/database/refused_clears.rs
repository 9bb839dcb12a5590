//! A refused selection clears the former one.

use serde_json::json;

use super::contexts;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.refused-clears",
        "a refused selection clears the former one",
        "database.select-kept",
        ReasonCode::WrongValue,
        || {
            contexts(|context| {
                context["database"] = json!("financial_db");
                context["source"] = json!("default");
            })
        },
    )
}
