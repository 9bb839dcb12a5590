//! A missing type is guessed.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.type-guessed",
        "an object with a query and no type is taken for a query",
        "limits.no-type",
        ReasonCode::Accepted,
        || {
            edit::client_messages(|message| match message.to_json() {
                Some(value) if value["id"] == "t-1" => {
                    let mut guessed = value;
                    guessed["type"] = "query".into();
                    Action::Do(vec![Out::Server(Message::json(&guessed))])
                }
                _ => Action::Pass,
            })
        },
    )
}
