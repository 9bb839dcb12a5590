//! An unknown transaction is an invalid session.

use serde_json::json;

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.unknown-as-session",
        "an unknown transaction is an invalid session",
        "polling.unknown",
        ReasonCode::WrongValue,
        || {
            bodies("/api/transactions/", |body| {
                body["code"] = json!("INVALID_SESSION");
            })
        },
    )
}
