//! The error names another transaction.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "failures.error-of-another",
        "the error names another transaction",
        "failures.own-transaction",
        ReasonCode::WrongValue,
        || edit::edit_message("error", |error| error["transaction_id"] = json!("tx_of_another")),
    )
}
