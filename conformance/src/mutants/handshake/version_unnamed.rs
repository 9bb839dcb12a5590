//! The refusal of a version does not name the right one.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.version-unnamed",
        "the refusal of a version does not name the right one",
        "handshake.version",
        ReasonCode::Missing,
        || edit::edit_response(|_, response| response.set_field("Sec-WebSocket-Version", None)),
    )
}
