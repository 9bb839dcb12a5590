//! Agents that say who they are in another way.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

use crate::checks::{ReasonCode, field};
use crate::mutants::{Action, Fault, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "tiers.id-of-type-alone",
            "an agent's id does not depend on the server",
            "tiers.agent-id",
            ReasonCode::WrongValue,
            || introduction(|agent| agent["agent_id"] = json!("data_8d777f38")),
        ),
        Mutant::wire_shared(
            "tiers.id-of-connection",
            "an agent has another id on each connection",
            "tiers.agent-id",
            ReasonCode::WrongValue,
            || {
                let count = Arc::new(AtomicU32::new(0));
                move || {
                    let count = Arc::clone(&count);
                    introduction(move |agent| {
                        let number = count.fetch_add(1, Ordering::Relaxed);
                        if number > 0 {
                            agent["agent_id"] = json!(format!("data_{number:08x}"));
                        }
                    })
                }
            },
        ),
        Mutant::wire(
            "tiers.capabilities-left-out",
            "an agent does not say what it can do",
            "tiers.link",
            ReasonCode::Missing,
            || introduction(|agent| drop(agent.as_object_mut().map(|fields| fields.remove("capabilities")))),
        ),
        Mutant::wire(
            "tiers.not-introduced",
            "an agent does not introduce itself",
            "tiers.link",
            ReasonCode::WrongOrder,
            || {
                edit::client_messages(|message| {
                    let said = message.to_json().unwrap_or_default();
                    if field::name(&said) != "agent_connected" {
                        return Action::Pass;
                    }
                    let acknowledged = json!({
                        "type": "event", "event_name": "connection_acknowledged", "payload": {"server_capabilities": []},
                    });
                    Action::Do(vec![Out::Client(Message::json(&acknowledged))])
                })
            },
        ),
    ]
}

/// Changes the introduction of an agent.
fn introduction(mut change: impl FnMut(&mut Value) + Send) -> impl Fault {
    edit::client_messages(move |message| {
        let mut said = message.to_json().unwrap_or_default();
        if field::name(&said) != "agent_connected" {
            return Action::Pass;
        }
        change(edit::fields_mut(&mut said));
        Action::Do(vec![Out::Server(Message::json(&said))])
    })
}
