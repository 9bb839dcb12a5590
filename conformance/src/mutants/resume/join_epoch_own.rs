//! Who joins is told an epoch of the connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "resume.join-epoch-own",
        "who joins is told an epoch of the connection",
        "resume.top-at-join",
        ReasonCode::WrongValue,
        || {
            let connections = Arc::new(AtomicUsize::new(0));
            move || {
                let number = connections.fetch_add(1, Ordering::Relaxed);
                edit::edit_message("connection_acknowledged", move |message| {
                    message["epoch"] = json!(format!("epoch{number}"));
                })
            }
        },
    )
}
