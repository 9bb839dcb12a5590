//! 405 names no method.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.method-unnamed",
        "405 names no method",
        "doors.method-allow",
        ReasonCode::Missing,
        || edit::edit_response(|_, response| response.set_field("Allow", None)),
    )
}
