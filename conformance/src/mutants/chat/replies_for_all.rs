//! Everybody sees every reply.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Fault, Mutant, Out};
use crate::peer::Message;
use serde_json::json;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "chat.replies-for-all",
        "Everybody sees every reply",
        "chat.not-seen-by-strangers",
        ReasonCode::Leak,
        || Public,
    )
}

/// A foreign reply comes before every pong.
struct Public;

impl Fault for Public {
    fn on_server_message(&mut self, message: &Message) -> Action {
        if message.to_json().is_none_or(|value| value["type"] != "pong") {
            return Action::Pass;
        }
        let foreign = json!({"type": "chat_reply", "transaction_id": "tx-of-another", "message": "a secret"});
        Action::Do(vec![Out::Client(Message::json(&foreign)), Out::Client(message.clone())])
    }
}
