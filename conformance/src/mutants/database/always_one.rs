//! One database answers for all.

use serde_json::json;

use super::contexts;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.always-one",
        "one database answers for all",
        "database.really-asked",
        ReasonCode::WrongValue,
        || {
            contexts(|context| {
                context["database"] = json!("financial_db");
            })
        },
    )
}
