//! A filtered connection gets offsets of its own.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.offsets-renumbered",
        "a filtered connection gets offsets of its own",
        "events.filter-gap",
        ReasonCode::WrongValue,
        || {
            let mut next = 0;
            edit::edit_message("*", move |message| {
                if message.get("offset").is_some() {
                    next += 1;
                    message["offset"] = json!(next);
                }
            })
        },
    )
}
