//! A query's own context stays.

use serde_json::Value;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.message-stays",
        "a query's own context stays",
        "database.message-once",
        ReasonCode::WrongValue,
        || {
            let mut own = Value::Null;
            edit::edit_message("query_result", move |result| {
                if own.is_null() {
                    own = result["database_context"].clone();
                }
                result["database_context"] = own.clone();
            })
        },
    )
}
