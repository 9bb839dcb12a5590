//! A query_id counts for everybody.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "commands.query-id-global",
        "a query_id counts for everybody",
        "commands.repeat-other-session",
        ReasonCode::Leak,
        || {
            let first = Arc::new(Mutex::new(Value::Null));
            move || {
                let first = Arc::clone(&first);
                edit::edit_message("*", move |message| {
                    if message.get("query_id").is_none() || message.get("transaction_id").is_none() {
                        return;
                    }
                    let mut first = first.lock().unwrap_or_else(PoisonError::into_inner);
                    if first.is_null() {
                        *first = message["transaction_id"].clone();
                    }
                    message["transaction_id"] = first.clone();
                })
            }
        },
    )
}
