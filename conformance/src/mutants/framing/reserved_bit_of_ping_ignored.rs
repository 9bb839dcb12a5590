//! Reserved bits of control frames are not looked at.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.reserved-bit-of-ping-ignored",
        "reserved bits of control frames are not looked at",
        "framing.reserved-bits-of-control",
        ReasonCode::Accepted,
        || edit::client_frames(|frame| frame.opcode.is_control().then(|| frame.clone().rsv(0).encode())),
    )
}
