//! The 426 does not say what to upgrade to.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.upgrade-unnamed",
        "the 426 does not say what to upgrade to",
        "handshake.plain-get",
        ReasonCode::Missing,
        || edit::edit_response(|_, response| response.set_field("Upgrade", None)),
    )
}
