//! Refused messages fill the window.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.refused-count",
        "refused messages fill the window",
        "limits.rate-refused",
        ReasonCode::Refused,
        || {
            let mut debt = 0;
            edit::on_message("*", move |_, value| {
                if value["type"] == "error" && value["code"] == "RATE_LIMIT_EXCEEDED" {
                    debt += 1;
                } else if value["type"] == "subscribed" && debt > 0 {
                    debt -= 1;
                    let error = json!({"type": "error", "code": "RATE_LIMIT_EXCEEDED", "message": "too many messages", "id": value["id"]});
                    return Action::replace(Message::json(&error));
                }
                Action::Pass
            })
        },
    )
}
