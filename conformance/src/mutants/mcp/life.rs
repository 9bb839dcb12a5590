//! Faults of signs of life.

use serde_json::{Value, json};

use super::answers::take;
use crate::checks::ReasonCode;
use crate::mutants::{Action, Fault, Mutant, Out, edit};
use crate::peer::Message;

/// Signs of life wait for the work.
#[derive(Default)]
struct OneAtATime {
    running: Vec<Value>,
    held: Vec<Message>,
}

impl Fault for OneAtATime {
    fn watches_client(&self) -> bool {
        true
    }

    fn on_client_message(&mut self, message: &Message) -> Action {
        if let Some(value) = message.to_json().filter(|value| value["type"] == "request") {
            self.running.push(value["id"].clone());
        }
        Action::Pass
    }

    fn on_server_message(&mut self, message: &Message) -> Action {
        let Some(value) = message.to_json() else { return Action::Pass };
        if value["type"] == "heartbeat_response" && !self.running.is_empty() {
            self.held.push(message.clone());
            return Action::drop();
        }
        if value["type"] != "response" {
            return Action::Pass;
        }
        self.running.retain(|id| *id != value["id"]);
        let behind = std::mem::take(&mut self.held).into_iter().map(Out::Client);
        Action::Do(std::iter::once(Out::Client(message.clone())).chain(behind).collect())
    }
}

/// Pings count only from the introduction on.
struct Strangers {
    introduced: bool,
}

impl Fault for Strangers {
    fn watches_client(&self) -> bool {
        true
    }

    fn on_client_message(&mut self, message: &Message) -> Action {
        let Some(value) = message.to_json() else { return Action::Pass };
        self.introduced |= value["event_name"] == "agent_connected";
        if value["type"] == "ping" && !self.introduced { Action::drop() } else { Action::Pass }
    }
}

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "mcp.pong-without-id",
            "a pong has lost the ping's id",
            "mcp.ping",
            ReasonCode::Missing,
            || edit::edit_message("pong", |pong| drop(take(pong, "id"))),
        ),
        Mutant::wire(
            "mcp.strangers-unheard",
            "a ping before the introduction is not heard",
            "mcp.early-ping",
            ReasonCode::Missing,
            || Strangers { introduced: false },
        ),
        Mutant::wire(
            "mcp.frame-pong-empty",
            "a WebSocket pong has lost its payload",
            "mcp.frame-ping",
            ReasonCode::WrongValue,
            || {
                edit::server_messages(|message| match message {
                    Message::Pong(_) => Action::replace(Message::Pong(Vec::new())),
                    _ => Action::Pass,
                })
            },
        ),
        Mutant::wire(
            "mcp.heartbeat-own-id",
            "a heartbeat is answered with an id of the server's",
            "mcp.heartbeat",
            ReasonCode::WrongValue,
            || edit::edit_message("heartbeat_response", |answer| answer["correlation_id"] = json!("srv-1")),
        ),
        Mutant::wire(
            "mcp.heartbeat-without-metrics",
            "a heartbeat's answer has no figures",
            "mcp.heartbeat-health",
            ReasonCode::Missing,
            || edit::edit_message("heartbeat_response", |answer| drop(take(answer, "metrics"))),
        ),
        Mutant::wire(
            "mcp.heartbeat-behind-work",
            "a heartbeat waits for the request that runs",
            "mcp.heartbeat-at-work",
            ReasonCode::WrongOrder,
            OneAtATime::default,
        ),
    ]
}
