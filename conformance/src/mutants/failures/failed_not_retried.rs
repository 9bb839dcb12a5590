//! What has failed can't be retried.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "failures.failed-not-retried",
        "what has failed can't be retried",
        "failures.retry",
        ReasonCode::Refused,
        || {
            edit::on_message("command_result", |_, mut result| {
                result["type"] = json!("error");
                result["code"] = json!("QUERY_REJECTED");
                result["message"] = json!("it has failed");
                Action::replace(Message::json(&result))
            })
        },
    )
}
