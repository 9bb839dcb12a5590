//! A repeated query runs anew.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.repeat-runs-anew",
        "a repeated query runs anew",
        "commands.repeat-running",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("query_accepted", |accepted| {
                if accepted["duplicate"] == true {
                    accepted["transaction_id"] = json!("tx_00000000000000000002");
                }
            })
        },
    )
}
