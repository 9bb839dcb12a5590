//! Surrogates in UTF-8 are read.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};
use crate::peer::Frame;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.surrogates-taken",
        "UTF-8 that spells a surrogate is taken",
        "framing.utf8",
        ReasonCode::Accepted,
        || {
            edit::client_frames(|frame| {
                let found = frame.payload.windows(2).any(|pair| pair == [0xed, 0xa0]);
                found.then(|| {
                    Frame {
                        payload: String::from_utf8_lossy(&frame.payload).into_owned().into(),
                        ..frame.clone()
                    }
                    .encode()
                })
            })
        },
    )
}
