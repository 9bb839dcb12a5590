//! Parts come when the data stage is over.

use crate::checks::{ReasonCode, field};
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.parts-behind-stage",
        "parts come when the data stage is over",
        "query.stream-meanwhile",
        ReasonCode::WrongOrder,
        || {
            let mut held: Vec<Message> = Vec::new();
            edit::on_message("*", move |message, value| {
                match field::name(&value) {
                    "partial_result" => {
                        held.push(message.clone());
                        return Action::drop();
                    }
                    "progress_update" if value["current_agent"] == "viz" => {}
                    _ => return Action::Pass,
                }
                Action::Do([message.clone()].into_iter().chain(held.drain(..)).map(Out::Client).collect())
            })
        },
    )
}
