//! retry_after is in milliseconds.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.retry-in-milliseconds",
        "retry_after is in milliseconds",
        "limits.rate-details",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("error", |error| {
                if let Some(seconds) =
                    error.pointer("/details/retry_after").and_then(serde_json::Value::as_u64)
                {
                    error["details"]["retry_after"] = (seconds * 1_000).into();
                }
            })
        },
    )
}
