//! An error of the transaction comes some time after its result.

use std::time::Duration;

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.error-after-result",
        "an error of the transaction comes some time after its result",
        "query.one-terminal",
        ReasonCode::Duplicate,
        || {
            edit::on_message("query_result", |message, mut value| {
                value["type"] = json!("error");
                let error = Message::json(&value);
                Action::Do(vec![
                    Out::Client(message.clone()),
                    Out::ClientLater(Duration::from_millis(300), error),
                ])
            })
        },
    )
}
