//! The second resume by address begins one event too early.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;

use crate::checks::{ReasonCode, field};
use crate::mutants::shared::{Tally, is_event};
use crate::mutants::{Action, Fault, Mutant, Out, Reply};
use crate::peer::{Message, Request};

/// The address asked to resume: told by the request, needed by the messages.
struct Early {
    resumes: Tally,
    newest: Arc<std::sync::Mutex<Option<Value>>>,
    by_address: bool,
    armed: AtomicU64,
}

impl Fault for Early {
    fn on_request(&mut self, request: &Request) -> Reply {
        self.by_address = request.target.contains("offset=");
        Reply::Pass
    }

    fn on_server_message(&mut self, message: &Message) -> Action {
        let Some(value) = message.to_json() else { return Action::Pass };
        if self.by_address && field::name(&value) == "resumed" {
            let count = self.resumes.add(value["epoch"].as_str().unwrap_or_default());
            self.armed.store(count, Ordering::Relaxed);
            let seen = self.newest.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
            let early = seen.filter(|seen| count == 2 && seen["epoch"] == value["epoch"]);
            if let Some(early) = early {
                return Action::Do(vec![Out::Client(message.clone()), Out::Client(Message::json(&early))]);
            }
        }
        if is_event(&value) && value["offset"] == 1 {
            *self.newest.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(value);
        }
        Action::Pass
    }
}

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "flow.address-brings-the-first-again",
        "the second resume by address brings the session's first event again",
        "flow.doors",
        ReasonCode::Duplicate,
        || {
            let (resumes, newest) = (Tally::default(), Arc::default());
            move || Early {
                resumes: resumes.clone(),
                newest: Arc::clone(&newest),
                by_address: false,
                armed: AtomicU64::new(0),
            }
        },
    )
}
