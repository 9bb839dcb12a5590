//! A query is a turn of the chat.

use super::{follows, said};
use crate::checks::ReasonCode;
use crate::mutants::{Action, Fault, Mutant, Out};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "chat.query-is-a-turn",
        "A query is a turn of the chat",
        "chat.query-is-no-turn",
        ReasonCode::WrongValue,
        || Turns(false),
    )
}

/// Whether this connection asked a query.
struct Turns(bool);

impl Fault for Turns {
    fn watches_client(&self) -> bool {
        true
    }

    fn on_client_message(&mut self, message: &Message) -> Action {
        self.0 |= message.to_json().is_some_and(|value| value["type"] == "query");
        match said(message).filter(|chat| self.0 && follows(chat)) {
            Some(mut chat) => {
                chat["message"] = "show revenue by region for 2023".into();
                Action::Do(vec![Out::Server(Message::json(&chat))])
            }
            None => Action::Pass,
        }
    }
}
