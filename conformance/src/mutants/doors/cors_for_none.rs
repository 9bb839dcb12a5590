//! No origin is told that it may read.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.cors-for-none",
        "No origin is told that it may read",
        "doors.origin-cors",
        ReasonCode::Missing,
        || edit::edit_response(|_, response| response.set_field("Access-Control-Allow-Origin", None)),
    )
}
