//! Ids of any length are taken.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.long-id-taken",
        "ids of more than 128 characters are taken",
        "limits.client-ids",
        ReasonCode::Accepted,
        || {
            edit::client_messages(|message| match message.to_json() {
                Some(mut value) if value["correlation_id"].as_str().is_some_and(|id| id.len() > 128) => {
                    value["correlation_id"] = "shorter".into();
                    Action::Do(vec![Out::Server(Message::json(&value))])
                }
                _ => Action::Pass,
            })
        },
    )
}
