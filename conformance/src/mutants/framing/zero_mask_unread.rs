//! A masking key of zero is taken for no mask.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.zero-mask-unread",
        "frames with a masking key of zero are passed over",
        "framing.mask-keys",
        ReasonCode::Missing,
        || edit::client_frames(|frame| (frame.mask == Some([0; 4])).then(Vec::new)),
    )
}
