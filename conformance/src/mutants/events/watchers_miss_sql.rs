//! Others than the asker get a result without its statement.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Fault, Mutant};
use crate::peer::Message;

/// Takes the statement away where nobody asked.
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
            Some(mut result) if result["type"] == "query_result" && !self.asked => {
                result.as_object_mut().map(|fields| fields.remove("sql"));
                Action::replace(Message::json(&result))
            }
            _ => Action::Pass,
        }
    }
}

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.watchers-miss-sql",
        "others than the asker get a result without its statement",
        "events.all-connections",
        ReasonCode::Missing,
        || Watched { asked: false },
    )
}
