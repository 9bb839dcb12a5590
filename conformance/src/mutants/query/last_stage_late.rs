//! The last stage's progress is held back until the result.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.last-stage-late",
        "the last stage's progress is held back until the result",
        "query.while-working",
        ReasonCode::Late,
        || {
            let mut held: Vec<Message> = Vec::new();
            edit::on_message("*", move |message, value| {
                if value["current_agent"] == "viz" {
                    held.push(message.clone());
                    return Action::drop();
                }
                Action::Do(held.drain(..).chain([message.clone()]).map(Out::Client).collect())
            })
        },
    )
}
