//! The connection is cut instead of closed.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.close-unanswered",
        "a close frame is answered by the end of the connection",
        "framing.close-answered",
        ReasonCode::Closed,
        || {
            edit::server_messages(|message| {
                if matches!(message, Message::Close(_)) { Action::cut() } else { Action::Pass }
            })
        },
    )
}
