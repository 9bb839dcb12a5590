//! A full door does not say when to come back.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.http-full-without-time",
        "A full door does not say when to come back",
        "doors.http-full-door",
        ReasonCode::Missing,
        || edit::edit_response(|_, response| response.set_field("Retry-After", None)),
    )
}
