//! The result names another transaction.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.result-of-another-transaction",
        "the result names another transaction",
        "query.transaction",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("query_result", |message| {
                message["transaction_id"] = json!("tx_1");
            })
        },
    )
}
