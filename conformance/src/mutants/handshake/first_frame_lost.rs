//! The client's first frame is lost.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.first-frame-lost",
        "the client's first frame is lost",
        "handshake.pipelined-frame",
        ReasonCode::Missing,
        || {
            let mut first = true;
            edit::client_messages(
                move |_| if std::mem::take(&mut first) { Action::drop() } else { Action::Pass },
            )
        },
    )
}
