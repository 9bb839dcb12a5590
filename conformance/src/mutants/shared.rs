//! What connections of one mutant know of each other, by session or agent.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::checks::{ReasonCode, field};
use crate::peer::{Message, Request};

use super::fault::{Action, Fault, Reply};
use super::mutant::Mutant;

/// Counts by name, shared by all connections of a mutant.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally(Arc<Mutex<HashMap<String, u64>>>);

impl Tally {
    /// One more for `name`; gives how many there are now.
    pub(super) fn add(&self, name: &str) -> u64 {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(name.to_owned()).or_default();
        *count += 1;
        *count
    }

    /// How many there are for `name`.
    pub(super) fn of(&self, name: &str) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).copied().unwrap_or_default()
    }
}

/// True for an event of a session.
pub(super) fn is_event(message: &Value) -> bool {
    let fields = field::fields(message);
    fields["offset"].is_u64() && fields["epoch"].is_string() && field::name(message) != "resumed"
}

/// True for what ends a query.
pub(super) fn is_end(message: &Value) -> bool {
    let named = matches!(field::name(message), "query_result" | "query_cancelled" | "chat_reply" | "error");
    is_event(message) && named
}

/// True for a request of the agent: it says so in its address, or in the id it gives the request.
pub(super) fn is_of(request: &Request, agent: &str) -> bool {
    let mut parameters = request.target.split(['?', '&']);
    parameters.any(|parameter| parameter.strip_prefix("agent_id=") == Some(agent))
        || request.field("X-Request-Id") == Some(agent)
}

/// A fault of the connections of one agent: told by its request, or by its handshake.
pub(super) struct OfAgent<D> {
    agent: String,
    mine: bool,
    holds: bool,
    decide: D,
}

impl<D: FnMut(&Message, &Value) -> Action + Send> Fault for OfAgent<D> {
    fn on_request(&mut self, request: &Request) -> Reply {
        self.mine = is_of(request, &self.agent);
        Reply::Pass
    }

    fn watches_client(&self) -> bool {
        true
    }

    fn on_client_message(&mut self, message: &Message) -> Action {
        self.mine |= message.to_json().is_some_and(|handshake| handshake["agent_id"] == self.agent.as_str());
        Action::Pass
    }

    fn on_server_message(&mut self, message: &Message) -> Action {
        if !self.mine {
            return Action::Pass;
        }
        let action = (self.decide)(message, &message.to_json().unwrap_or_default());
        self.holds |= matches!(message, Message::Close(_)) && action == Action::drop();
        action
    }

    fn holds_open(&mut self) -> bool {
        self.holds
    }
}

/// What is the same for all mutants of one agent.
#[derive(Debug, Clone, Copy)]
pub(super) struct About {
    pub(super) id: &'static str,
    pub(super) check: &'static str,
    pub(super) description: &'static str,
    pub(super) reason: ReasonCode,
}

impl About {
    /// The agent the check calls itself: what is behind the dot of its id.
    pub(super) fn agent(&self) -> &'static str {
        self.check.split_once('.').map_or(self.check, |(_, slug)| slug)
    }

    /// A fault of that agent, or of one called so with `suffix` behind. `make` is called for each connection.
    pub(super) fn mutant<D, M>(self, suffix: &'static str, make: M) -> Mutant
    where
        D: FnMut(&Message, &Value) -> Action + Send + 'static,
        M: Fn() -> D + Clone + Send + Sync + 'static,
    {
        self.mutant_shared(suffix, move || make.clone())
    }

    /// The same with connections that know of each other.
    pub(super) fn mutant_shared<D, M, S>(self, suffix: &'static str, make_shared: S) -> Mutant
    where
        D: FnMut(&Message, &Value) -> Action + Send + 'static,
        M: Fn() -> D + Send + Sync + 'static,
        S: Fn() -> M + Send + Sync + 'static,
    {
        let agent = format!("{}{suffix}", self.agent());
        Mutant::wire_shared(self.id, self.description, self.check, self.reason, move || {
            let (make, agent) = (make_shared(), agent.clone());
            move || OfAgent { agent: agent.clone(), mine: false, holds: false, decide: make() }
        })
    }
}
