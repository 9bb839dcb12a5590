//! Everybody recovers the last selection.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "database.recovered-by-all",
        "everybody recovers the last selection",
        "database.users-apart",
        ReasonCode::Leak,
        || {
            let last = Arc::new(Mutex::new(Value::Null));
            move || {
                let (told, chosen) = (Arc::clone(&last), Arc::clone(&last));
                edit::edit_message("*", move |message| {
                    let kind = message["type"].as_str().unwrap_or_default().to_owned();
                    if kind == "database_context_changed" {
                        *chosen.lock().unwrap_or_else(PoisonError::into_inner) =
                            message["database_context"].clone();
                    }
                    let last = told.lock().unwrap_or_else(PoisonError::into_inner).clone();
                    if kind == "connection_acknowledged" && !last.is_null() {
                        message["recovered_database_context"] = last;
                    }
                })
            }
        },
    )
}
