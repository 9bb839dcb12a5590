//! A selection counts for one query.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use super::contexts;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "database.selection-once",
        "a selection counts for one query",
        "database.session-lasts",
        ReasonCode::WrongValue,
        || {
            let results = Arc::new(AtomicUsize::new(0));
            move || {
                let results = Arc::clone(&results);
                contexts(move |context| {
                    if results.fetch_add(1, Ordering::Relaxed) > 0 {
                        context["source"] = json!("default");
                    }
                })
            }
        },
    )
}
