//! Progress is flat in the typed dialect.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.typed-progress-flat",
        "progress is flat in the typed dialect",
        "query.typed-events",
        ReasonCode::WrongValue,
        || {
            edit::on_message("progress_update", |_, event| {
                let mut flat = event["payload"].clone();
                flat["type"] = json!("progress_update");
                Action::replace(Message::json(&flat))
            })
        },
    )
}
