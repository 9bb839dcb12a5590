//! Lengths in a longer form than needed are read.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};
use crate::peer::LengthForm;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.long-length-form-taken",
        "a length in the 64-bit form is taken though it would fit into 7",
        "framing.length-form",
        ReasonCode::Accepted,
        || {
            edit::client_frames(|frame| {
                (frame.length_form == LengthForm::SixtyFour)
                    .then(|| frame.clone().length_form(LengthForm::Minimal).encode())
            })
        },
    )
}
