//! A finished query is cancelled once more.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.finished-cancelled",
        "a finished query is cancelled once more",
        "query.finished-stays",
        ReasonCode::Duplicate,
        || {
            edit::on_message("command_result", |message, mut value| {
                value["type"] = json!("query_cancelled");
                Action::Do(vec![Out::Client(message.clone()), Out::Client(Message::json(&value))])
            })
        },
    )
}
