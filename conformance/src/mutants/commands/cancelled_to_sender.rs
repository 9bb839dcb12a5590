//! Only who commanded hears of the end.

use crate::checks::{ReasonCode, field};
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.cancelled-to-sender",
        "only who commanded hears of the end",
        "commands.cancelled-event",
        ReasonCode::Missing,
        || {
            let mut commanded = false;
            edit::server_messages(move |message: &Message| {
                let Some(value) = message.to_json() else { return Action::Pass };
                commanded |= field::name(&value) == "command_result";
                if field::name(&value) == "query_cancelled" && !commanded {
                    return Action::drop();
                }
                Action::Pass
            })
        },
    )
}
