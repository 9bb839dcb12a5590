//! Faults of ends: connections that are closed, kept or refused when they must not be.

use serde_json::{Value, json};

use crate::checks::field;
use crate::mutants::shared::About;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

/// A close when the agent with `suffix` is told that its query was accepted.
fn closed_at_acceptance(about: About, suffix: &'static str, code: u16) -> Mutant {
    about.mutant(suffix, move || {
        move |_: &Message, value: &Value| {
            if field::name(value) == "query_accepted" { Action::close(code, "") } else { Action::Pass }
        }
    })
}

/// The agent is closed when it asks.
pub(super) fn closed_when_asked(about: About) -> Mutant {
    closed_at_acceptance(about, "", 1000)
}

/// The agent is closed as a violator when it asks.
pub(super) fn pieces_refused(about: About) -> Mutant {
    closed_at_acceptance(about, "", 1002)
}

/// The other window of the session is closed when it asks.
pub(super) fn beside_closed(about: About) -> Mutant {
    closed_at_acceptance(about, "-beside", 1011)
}

/// The other session's connection is closed when it asks.
pub(super) fn other_closed(about: About) -> Mutant {
    closed_at_acceptance(about, "-other", 1011)
}

/// An agent that resumes is one connection too many.
pub(super) fn no_room(about: About) -> Mutant {
    let agent = about.agent();
    Mutant::wire(about.id, about.description, about.check, about.reason, move || {
        edit::client_messages(move |message| {
            let comes_back = message
                .to_json()
                .is_some_and(|handshake| handshake["resume"].is_object() && handshake["agent_id"] == agent);
            if !comes_back {
                return Action::Pass;
            }
            let error = json!({"type": "error", "code": "TOO_MANY_CONNECTIONS",
                "message": "too many connections", "timestamp": crate::checks::now()});
            let close = Message::Close(Some((1008, "Too many connections".to_owned())));
            Action::Do(vec![Out::Client(Message::json(&error)), Out::Client(close), Out::Cut])
        })
    })
}

/// Closes of the agent with this code get another.
fn closed_otherwise(about: About, from: u16, code: u16, reason: &'static str) -> Mutant {
    about.mutant("", move || {
        move |message: &Message, _: &Value| match message {
            Message::Close(Some((found, _))) if *found == from => Action::close(code, reason),
            _ => Action::Pass,
        }
    })
}

/// Given up as silent is told as idle.
pub(super) fn close_as_idle(about: About) -> Mutant {
    closed_otherwise(about, 1011, 1000, "Idle timeout")
}

/// The agent is given up at the first ping it could have answered.
pub(super) fn given_up_early(about: About) -> Mutant {
    about.mutant("", || {
        |message: &Message, _: &Value| match message {
            Message::Ping(_) => Action::close(1011, "Heartbeat timeout"),
            _ => Action::Pass,
        }
    })
}

/// A close is answered with another code.
pub(super) fn close_goes_away(about: About) -> Mutant {
    closed_otherwise(about, 1000, 1001, "")
}

/// The agent is given up at its third heartbeat.
pub(super) fn pongs_alone_count(about: About) -> Mutant {
    about.mutant("", || {
        let mut heartbeats = 0;
        move |_: &Message, value: &Value| {
            heartbeats += usize::from(field::name(value) == "heartbeat_response");
            if heartbeats == 3 { Action::close(1011, "Heartbeat timeout") } else { Action::Pass }
        }
    })
}

/// The agent is given up behind its first stall, when it asks whether somebody is there.
pub(super) fn impatient(about: About) -> Mutant {
    about.mutant("", || {
        |message: &Message, _: &Value| match message {
            Message::Pong(_) => Action::close(1011, "Heartbeat timeout"),
            _ => Action::Pass,
        }
    })
}

/// The agent's old connections stay.
pub(super) fn never_superseded(about: About) -> Mutant {
    about.mutant("", || {
        |message: &Message, _: &Value| match message {
            Message::Close(Some((1000, reason))) if reason == "Superseded" => Action::drop(),
            _ => Action::Pass,
        }
    })
}
