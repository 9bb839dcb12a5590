//! Behind a retry, the end of a query comes twice.

use serde_json::json;

use crate::checks::{ReasonCode, field};
use crate::mutants::shared::is_end;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "flow.end-doubled-after-retry",
        "behind a retry, the end of a query comes twice, as two events",
        "flow.commands",
        ReasonCode::Duplicate,
        || {
            let mut retried = false;
            edit::on_message("*", move |message, value| {
                retried |= field::name(&value) == "command_result" && value["status"] == "retrying";
                if !(retried && is_end(&value)) {
                    return Action::Pass;
                }
                let mut again = value;
                again["offset"] = json!(again["offset"].as_u64().unwrap_or_default() + 1);
                Action::Do(vec![Out::Client(message.clone()), Out::Client(Message::json(&again))])
            })
        },
    )
}
