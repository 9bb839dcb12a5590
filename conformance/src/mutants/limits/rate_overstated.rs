//! More is announced than is allowed.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.rate-overstated",
        "one message more is announced than is allowed",
        "limits.rate",
        ReasonCode::Refused,
        || {
            edit::edit_message("connection_established", |established| {
                let limit = established["limits"]["rate_limit"]["limit"].as_u64().unwrap_or(100);
                established["limits"]["rate_limit"]["limit"] = (limit + 1).into();
            })
        },
    )
}
