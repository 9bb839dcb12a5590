//! The result comes although the query was cancelled.

use std::time::Duration;

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.result-after-cancel",
        "the result comes although the query was cancelled",
        "query.cancel-ends",
        ReasonCode::Duplicate,
        || {
            edit::on_message("query_cancelled", |message, mut value| {
                value["type"] = json!("query_result");
                let result = Message::json(&value);
                Action::Do(vec![
                    Out::Client(message.clone()),
                    Out::ClientLater(Duration::from_millis(250), result),
                ])
            })
        },
    )
}
