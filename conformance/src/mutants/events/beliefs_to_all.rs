//! Everybody sees all plans.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use crate::checks::{ReasonCode, now};
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "events.beliefs-to-all",
        "everybody sees all plans",
        "events.belief-own",
        ReasonCode::Leak,
        || {
            let last = Arc::new(Mutex::new(None::<Value>));
            move || {
                let last = Arc::clone(&last);
                edit::server_messages(move |message: &Message| {
                    let Some(value) = message.to_json() else { return Action::Pass };
                    let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
                    if value["type"] == "query_accepted" {
                        *last = Some(json!({
                            "type": "belief_state", "agent": "nlp", "goals": [], "beliefs": [],
                            "transaction_id": value["transaction_id"], "timestamp": now(),
                        }));
                    }
                    match (&*last, value["type"] == "pong") {
                        (Some(state), true) => {
                            Action::Do(vec![Out::Client(Message::json(state)), Out::Client(message.clone())])
                        }
                        _ => Action::Pass,
                    }
                })
            }
        },
    )
}
