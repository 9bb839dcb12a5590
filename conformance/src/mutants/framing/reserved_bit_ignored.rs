//! RSV3 is not looked at.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.reserved-bit-ignored",
        "the third reserved bit is not looked at",
        "framing.reserved-bits",
        ReasonCode::Accepted,
        || edit::client_frames(|frame| (frame.rsv == 1).then(|| frame.clone().rsv(0).encode())),
    )
}
