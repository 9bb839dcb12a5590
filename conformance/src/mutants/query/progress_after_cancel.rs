//! Progress goes on after the cancel.

use std::time::Duration;

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.progress-after-cancel",
        "progress goes on after the cancel",
        "query.cancel-ends",
        ReasonCode::Unexpected,
        || {
            edit::on_message("query_cancelled", |message, mut value| {
                value["type"] = json!("progress_update");
                let update = Message::json(&value);
                Action::Do(vec![
                    Out::Client(message.clone()),
                    Out::ClientLater(Duration::from_millis(100), update),
                ])
            })
        },
    )
}
