//! One query that fails takes those beside it along.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Fault, Mutant};
use crate::peer::Message;

/// Fails what would be answered, where a query that is going to fail was asked.
struct Infected(bool);

impl Fault for Infected {
    fn watches_client(&self) -> bool {
        true
    }

    fn on_client_message(&mut self, message: &Message) -> Action {
        self.0 |= message.to_json().is_some_and(|query| query["preferences"]["workflow"] == "unreachable");
        Action::Pass
    }

    fn on_server_message(&mut self, message: &Message) -> Action {
        match message.to_json() {
            Some(mut result) if result["type"] == "query_result" && self.0 => {
                result["type"] = json!("error");
                result["code"] = json!("AGENT_UNAVAILABLE");
                Action::replace(Message::json(&result))
            }
            _ => Action::Pass,
        }
    }
}

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "failures.others-fail-too",
        "one query that fails takes those beside it along",
        "failures.beside",
        ReasonCode::Refused,
        || Infected(false),
    )
}
