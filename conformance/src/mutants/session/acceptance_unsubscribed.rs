//! Query_accepted goes by the subscription to query_result.

use serde_json::Value;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Fault, Mutant};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.acceptance-unsubscribed",
        "query_accepted goes by the subscription to query_result",
        "session.asker-always",
        ReasonCode::Missing,
        || Unsubscribed { from: false, name: "query_accepted" },
    )
}

/// Keeps messages of a name from a client that unsubscribed `query_result`.
pub(super) struct Unsubscribed {
    pub(super) from: bool,
    pub(super) name: &'static str,
}

impl Fault for Unsubscribed {
    fn on_server_message(&mut self, message: &Message) -> Action {
        let Some(answer) = message.to_json() else { return Action::Pass };
        let gone = |name: &Value| name == "query_result";
        self.from |= answer["type"] == "unsubscribed"
            && answer["events"].as_array().is_some_and(|events| events.iter().any(gone));
        if self.from && answer["type"] == self.name { Action::drop() } else { Action::Pass }
    }
}
