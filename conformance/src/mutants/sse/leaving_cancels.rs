//! A query ends with its stream.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "sse.leaving-cancels",
        "a query ends with its stream",
        "sse.leaving",
        ReasonCode::WrongValue,
        || {
            edit::on_message("query_result", |_, mut value| {
                value["type"] = json!("query_cancelled");
                Action::replace(Message::json(&value))
            })
        },
    )
}
