//! Another session's events are in the stream.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "sse.foreign-in-stream",
        "another session's events are in the stream",
        "sse.own-session",
        ReasonCode::Leak,
        || {
            let first = Arc::new(Mutex::new(Value::Null));
            move || {
                let first = Arc::clone(&first);
                edit::edit_event("query_accepted", move |value| {
                    let mut first = first.lock().unwrap_or_else(PoisonError::into_inner);
                    if first.is_null() {
                        *first = value["transaction_id"].clone();
                    }
                    value["transaction_id"] = first.clone();
                })
            }
        },
    )
}
