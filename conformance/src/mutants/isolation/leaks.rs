//! Leaks: what is told to those whom it does not concern.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use crate::checks::field;
use crate::mutants::shared::{About, is_event, is_of};
use crate::mutants::{Action, Fault, Mutant, Out, Reply};
use crate::peer::{Message, Request, Response};

/// What the owner was told, for all to hear.
type Told = Arc<Mutex<Vec<Message>>>;

/// One connection: the owner's, from which everything is taken, or the other's, which hears it too.
struct Leak {
    owner: String,
    told: Told,
    is_owner: bool,
    is_other: bool,
    /// How much this connection has heard.
    heard: usize,
    /// Which of the owner's messages leak.
    leaks: fn(&Value) -> bool,
}

impl Leak {
    fn all(&self) -> Vec<Message> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Fault for Leak {
    fn on_request(&mut self, request: &Request) -> Reply {
        self.is_owner = is_of(request, &self.owner);
        self.is_other = is_of(request, &format!("{}-other", self.owner));
        Reply::Pass
    }

    fn on_response(&mut self, request: &Request, response: &mut Response) {
        let Ok(mut found) = serde_json::from_slice::<Value>(&response.body) else { return };
        if !(self.is_other && request.target.contains("poll=1")) {
            return;
        }
        if let Some(events) = found["events"].as_array_mut() {
            events.extend(self.all().iter().filter_map(Message::to_json));
            response.set_body(found.to_string().into_bytes());
        }
    }

    fn on_server_message(&mut self, message: &Message) -> Action {
        let value = message.to_json().unwrap_or_default();
        if self.is_owner && (self.leaks)(&value) {
            self.told.lock().unwrap_or_else(PoisonError::into_inner).push(message.clone());
        }
        if !self.is_other {
            return Action::Pass;
        }
        let all = self.all();
        let missed = all[self.heard.min(all.len())..].to_vec();
        self.heard = all.len();
        Action::Do(missed.into_iter().chain([message.clone()]).map(Out::Client).collect())
    }
}

fn leaking(about: About, leaks: fn(&Value) -> bool) -> Mutant {
    let owner = about.agent();
    Mutant::wire_shared(about.id, about.description, about.check, about.reason, move || {
        let told = Told::default();
        move || Leak {
            owner: owner.to_owned(),
            told: Arc::clone(&told),
            is_owner: false,
            is_other: false,
            heard: 0,
            leaks,
        }
    })
}

/// The other hears the owner's events.
pub(super) fn leak(about: About) -> Mutant {
    leaking(about, is_event)
}

/// The other's polls show the owner's events.
pub(super) fn poll_leaks(about: About) -> Mutant {
    leaking(about, is_event)
}

/// The other hears the answers to the owner's messages.
pub(super) fn answers_leak(about: About) -> Mutant {
    leaking(about, |value| matches!(field::name(value), "pong" | "heartbeat_response" | "error"))
}

/// The other's snapshot lists a query of somebody else.
pub(super) fn foreign_in_snapshot(about: About) -> Mutant {
    about.mutant("-other", || {
        |_: &Message, value: &Value| {
            if field::name(value) != "session_snapshot" {
                return Action::Pass;
            }
            let mut state = value.clone();
            if let Some(list) = state["finished"].as_array_mut() {
                list.push(json!({"transaction_id": "tx_elsewhere", "status": "completed", "percent": 100}));
            }
            Action::replace(Message::json(&state))
        }
    })
}
