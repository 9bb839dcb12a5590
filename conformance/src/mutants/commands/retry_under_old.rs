//! A retried query runs under its old transaction.

use serde_json::Value;

use crate::checks::{ReasonCode, field};
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.retry-under-old",
        "a retried query runs under its old transaction",
        "commands.retry-runs",
        ReasonCode::WrongValue,
        || {
            let mut old = Value::Null;
            edit::server_messages(move |message: &Message| {
                let Some(mut value) = message.to_json() else { return Action::Pass };
                if field::name(&value) == "query_accepted" {
                    if old.is_null() {
                        old = value["transaction_id"].clone();
                    } else {
                        value["transaction_id"] = old.clone();
                        return Action::replace(Message::json(&value));
                    }
                }
                Action::Pass
            })
        },
    )
}
