//! Numbers are converted to text.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.number-to-text",
        "a query that is a number is run as text",
        "limits.field-types",
        ReasonCode::Accepted,
        || {
            edit::client_messages(|message| match message.to_json() {
                Some(mut value) if value["query"].is_number() => {
                    value["query"] = value["query"].to_string().into();
                    Action::Do(vec![Out::Server(Message::json(&value))])
                }
                _ => Action::Pass,
            })
        },
    )
}
