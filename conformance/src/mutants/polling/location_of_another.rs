//! Location leads to another transaction.

use serde_json::json;

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.location-of-another",
        "Location leads to another transaction",
        "polling.location-works",
        ReasonCode::WrongValue,
        || {
            bodies("/api/transactions/", |body| {
                body["transaction_id"] = json!("tx_00000000000000000004");
            })
        },
    )
}
