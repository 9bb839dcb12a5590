//! A chat message that fails is answered by words.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "failures.chat-apologizes",
        "a chat message that fails is answered by words",
        "failures.chat",
        ReasonCode::Accepted,
        || {
            edit::on_message("error", |_, mut error| {
                error["type"] = json!("chat_reply");
                error["message"] = json!("Sorry, something went wrong.");
                Action::replace(Message::json(&error))
            })
        },
    )
}
