//! The second unsubscribe of a connection is answered and not obeyed.

use serde_json::{Value, json};

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "flow.second-unsubscribe-ignored",
        "from the second on, what a connection unsubscribes is answered and not obeyed",
        "flow.subscriptions",
        ReasonCode::Unexpected,
        || {
            let mut count = 0;
            edit::client_messages(move |message| {
                let Some(asked) = message.to_json().filter(|asked| asked["type"] == "unsubscribe") else {
                    return Action::Pass;
                };
                count += 1;
                if count < 2 {
                    return Action::Pass;
                }
                let told: Value = json!({"type": "unsubscribed", "events": asked["events"], "rejected": [],
                    "active": [], "id": asked["id"], "timestamp": crate::checks::now()});
                Action::Do(vec![Out::Client(Message::json(&told))])
            })
        },
    )
}
