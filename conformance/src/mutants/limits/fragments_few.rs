//! Few fragments are allowed.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};
use crate::peer::Opcode;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.fragments-few",
        "a message of more than 1,000 fragments is lost",
        "limits.most-fragments",
        ReasonCode::Missing,
        || {
            let mut count = 0;
            edit::client_frames(move |frame| {
                if frame.opcode != Opcode::Continuation {
                    count = 0;
                    return None;
                }
                count += 1;
                (count > 1_000).then(Vec::new)
            })
        },
    )
}
