//! A query that is asked again fails anew.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "failures.repeat-fails-anew",
        "a query that is asked again fails anew",
        "failures.repeat",
        ReasonCode::WrongValue,
        || {
            let mut errors = 0;
            edit::edit_message("error", move |error| {
                errors += 1;
                if let (2.., Some(offset)) = (errors, error["offset"].as_u64()) {
                    error["offset"] = json!(offset + 1);
                }
            })
        },
    )
}
