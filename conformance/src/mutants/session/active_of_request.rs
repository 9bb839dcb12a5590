//! Active holds the names of the request alone.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.active-of-request",
        "active holds the names of the request alone",
        "session.active",
        ReasonCode::Missing,
        || edit::edit_message("subscribed", |answer| answer["active"] = answer["events"].clone()),
    )
}
