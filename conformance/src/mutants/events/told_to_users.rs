//! Everybody is told of every result.

use std::sync::{Arc, Mutex, PoisonError};

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "events.told-to-users",
        "everybody is told of every result",
        "events.other-user",
        ReasonCode::Leak,
        || {
            let last = Arc::new(Mutex::new(None::<Message>));
            move || {
                let last = Arc::clone(&last);
                edit::server_messages(move |message: &Message| {
                    let Some(value) = message.to_json() else { return Action::Pass };
                    let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
                    if value["type"] == "query_result" {
                        *last = Some(message.clone());
                    }
                    match (&*last, value["type"] == "pong") {
                        (Some(result), true) => {
                            Action::Do(vec![Out::Client(result.clone()), Out::Client(message.clone())])
                        }
                        _ => Action::Pass,
                    }
                })
            }
        },
    )
}
