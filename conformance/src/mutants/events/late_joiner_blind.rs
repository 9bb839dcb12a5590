//! Who joins late sees nothing of what runs.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.late-joiner-blind",
        "who joins late sees nothing of what runs",
        "events.joins-late",
        ReasonCode::Missing,
        || {
            let mut accepted = false;
            edit::server_messages(move |message: &Message| {
                let Some(value) = message.to_json() else { return Action::Pass };
                accepted |= value["type"] == "query_accepted";
                if value["type"] == "query_result" && !accepted { Action::drop() } else { Action::Pass }
            })
        },
    )
}
