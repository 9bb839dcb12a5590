//! Errors of queries reach every connection.

use std::sync::{Arc, Mutex, PoisonError};

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "failures.told-to-all",
        "errors of queries reach every connection",
        "failures.unheard",
        ReasonCode::Leak,
        || {
            // What every connection has yet to be told: the number of messages taken is each connection's own.
            let told = Arc::new(Mutex::new(Vec::<Message>::new()));
            move || {
                let (told, mut taken) = (Arc::clone(&told), 0);
                edit::server_messages(move |message| {
                    let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
                    let failed = message.to_json().is_some_and(|value| value["code"] == "AGENT_UNAVAILABLE");
                    if failed {
                        told.push(message.clone());
                    }
                    let missed = told[taken.min(told.len())..].to_vec();
                    taken = told.len();
                    if failed {
                        return Action::Pass;
                    }
                    Action::Do(missed.into_iter().chain([message.clone()]).map(Out::Client).collect())
                })
            }
        },
    )
}
