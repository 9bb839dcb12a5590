//! Subscriptions are everybody's.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::edit_lists;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "events.subscriptions-shared",
        "subscriptions are everybody's",
        "events.subscriptions-own",
        ReasonCode::Leak,
        || {
            let all = Arc::new(Mutex::new(Vec::<Value>::new()));
            move || {
                let all = Arc::clone(&all);
                edit_lists(move |lists| {
                    let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
                    all.extend(lists["events"].as_array().cloned().unwrap_or_default());
                    lists["active"] = Value::from(all.clone());
                })
            }
        },
    )
}
