//! Connection_established lacks the rate limit.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.no-limits",
        "connection_established lacks the rate limit",
        "handshake.established-limits",
        ReasonCode::Missing,
        || {
            edit::edit_message("connection_established", |message| {
                if let Some(limits) = message["limits"].as_object_mut() {
                    limits.remove("rate_limit");
                }
            })
        },
    )
}
