//! A query is cancelled as often as it is said.

use serde_json::Value;

use crate::checks::{ReasonCode, field};
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.cancelled-twice",
        "a query is cancelled as often as it is said",
        "commands.cancel-twice",
        ReasonCode::Duplicate,
        || {
            let mut end: Option<Value> = None;
            edit::server_messages(move |message: &Message| {
                let Some(value) = message.to_json() else { return Action::Pass };
                match (field::name(&value), &end) {
                    ("query_cancelled", _) => end = Some(value),
                    ("command_result", Some(end)) => {
                        return Action::Do(vec![
                            Out::Client(message.clone()),
                            Out::Client(Message::json(end)),
                        ]);
                    }
                    _ => {}
                }
                Action::Pass
            })
        },
    )
}
