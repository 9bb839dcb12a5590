//! Others than the asker are told less.

use super::{Action, Fault, Mutant};
use crate::checks::ReasonCode;
use crate::peer::Message;

/// What is taken away where nobody asked.
struct Watched {
    asked: bool,
    message: &'static str,
    field: &'static str,
}

impl Fault for Watched {
    fn watches_client(&self) -> bool {
        true
    }

    fn on_client_message(&mut self, message: &Message) -> Action {
        self.asked |= message.to_json().is_some_and(|value| value["type"] == "query");
        Action::Pass
    }

    fn on_server_message(&mut self, message: &Message) -> Action {
        match message.to_json() {
            Some(mut told) if told["type"] == self.message && !self.asked => {
                told.as_object_mut().map(|fields| fields.remove(self.field));
                Action::replace(Message::json(&told))
            }
            _ => Action::Pass,
        }
    }
}

/// Others than the asker get messages of the type `message` without `field`.
pub(super) fn watchers_miss(
    id: &'static str,
    title: &'static str,
    check: &'static str,
    message: &'static str,
    field: &'static str,
) -> Mutant {
    Mutant::wire(id, title, check, ReasonCode::Missing, move || Watched { asked: false, message, field })
}
