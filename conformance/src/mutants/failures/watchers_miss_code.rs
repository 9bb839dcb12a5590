//! Others than the asker are told of an error without its code.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Fault, Mutant};
use crate::peer::Message;

/// Takes the code away where nobody asked.
struct Watched {
    asked: bool,
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
            Some(mut error) if error["type"] == "error" && !self.asked => {
                error.as_object_mut().map(|fields| fields.remove("code"));
                Action::replace(Message::json(&error))
            }
            _ => Action::Pass,
        }
    }
}

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "failures.watchers-miss-code",
        "others than the asker are told of an error without its code",
        "failures.seen",
        ReasonCode::Missing,
        || Watched { asked: false },
    )
}
