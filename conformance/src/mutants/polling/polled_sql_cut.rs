//! A polled result lacks its statement.

use serde_json::json;

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.polled-sql-cut",
        "a polled result lacks its statement",
        "polling.equal",
        ReasonCode::WrongValue,
        || {
            bodies("/api/transactions/", |body| {
                body["result"]["sql"] = json!("");
            })
        },
    )
}
