//! A character that is cut at the end is dropped.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};
use crate::peer::Frame;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.cut-character-dropped",
        "a character cut at the end of a message is dropped",
        "framing.utf8-cut-at-end",
        ReasonCode::Accepted,
        || {
            edit::client_frames(|frame| {
                let text = frame.payload.strip_suffix(b"\xe2\x82")?;
                Some(Frame { payload: text.to_vec(), ..frame.clone() }.encode())
            })
        },
    )
}
