//! A 401 before the upgrade names no scheme.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.http-no-challenge",
        "A 401 before the upgrade names no scheme",
        "doors.http-challenge",
        ReasonCode::Missing,
        || edit::edit_response(|_, response| response.set_field("WWW-Authenticate", None)),
    )
}
