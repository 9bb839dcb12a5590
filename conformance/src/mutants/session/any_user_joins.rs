//! A session takes in every user who names it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::sent;
use crate::checks::ReasonCode;
use crate::mutants::{Action, Fault, Mutant, Out};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "session.any-user-joins",
        "a session takes in every user who names it",
        "session.other-user",
        ReasonCode::Accepted,
        || {
            let owners = Owners::default();
            move || AnyUser { owners: owners.clone() }
        },
    )
}

/// The user each session was first joined by.
type Owners = Arc<Mutex<HashMap<String, Value>>>;

struct AnyUser {
    owners: Owners,
}

impl Fault for AnyUser {
    fn watches_client(&self) -> bool {
        true
    }

    fn on_client_message(&mut self, message: &Message) -> Action {
        let Some(mut handshake) = sent(message, "connection_handshake") else { return Action::Pass };
        let session = handshake["session_id"].as_str().unwrap_or_default().to_owned();
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        handshake["user_id"] = owners.entry(session).or_insert_with(|| handshake["user_id"].clone()).clone();
        Action::Do(vec![Out::Server(Message::json(&handshake))])
    }
}
