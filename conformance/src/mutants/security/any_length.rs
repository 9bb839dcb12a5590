//! A length in any notation is read.

use super::tolerated;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "security.any-length",
        "A length in any notation is read",
        "security.bad-length",
        ReasonCode::Accepted,
        || tolerated(|request| request.field("Content-Length") == Some("0x10")),
    )
}
