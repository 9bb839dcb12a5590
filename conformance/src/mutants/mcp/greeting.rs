//! Faults of introductions.

use serde_json::{Value, json};

use super::answers::{answer_self, on_next};
use crate::checks::ReasonCode;
use crate::mutants::{Action, Fault, Mutant, edit};
use crate::peer::Message;

const ACKNOWLEDGED: &str = "connection_acknowledged";

fn without(capability: &'static str) -> impl Fault {
    edit::edit_message(ACKNOWLEDGED, move |payload| {
        if let Some(list) = payload["server_capabilities"].as_array_mut() {
            list.retain(|name| name != capability);
        }
    })
}

fn acknowledgement() -> Value {
    json!({
        "type": "event", "event_name": ACKNOWLEDGED, "timestamp": "2026-01-01T00:00:00.000Z",
        "payload": {"server_capabilities": ["batch_requests", "event_subscriptions", "schema_caching"]},
    })
}

/// An error to an introduction becomes an acknowledgement.
fn introduces_anyway() -> impl Fault {
    on_next(
        |client| client["event_name"] == "agent_connected",
        |answer| {
            let value = if answer["type"] == "error" { acknowledgement() } else { answer };
            Action::replace(Message::json(&value))
        },
    )
}

fn of_acknowledgement() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "mcp.acknowledged-flat",
            "the acknowledgement is no event",
            "mcp.acknowledged",
            ReasonCode::WrongValue,
            || {
                edit::on_message(ACKNOWLEDGED, |_, value| {
                    let mut flat = value["payload"].clone();
                    flat["type"] = json!(ACKNOWLEDGED);
                    Action::replace(Message::json(&flat))
                })
            },
        ),
        Mutant::wire(
            "mcp.no-batches",
            "batches are not offered",
            "mcp.offers-batches",
            ReasonCode::Missing,
            || without("batch_requests"),
        ),
        Mutant::wire(
            "mcp.no-subscriptions",
            "subscriptions are not offered",
            "mcp.offers-subscriptions",
            ReasonCode::Missing,
            || without("event_subscriptions"),
        ),
        Mutant::wire(
            "mcp.no-schema-cache",
            "schema caching is not offered",
            "mcp.offers-schema-cache",
            ReasonCode::Missing,
            || without("schema_caching"),
        ),
        Mutant::wire(
            "mcp.acknowledged-behind",
            "the acknowledgement comes behind an answer",
            "mcp.acknowledged-first",
            ReasonCode::WrongOrder,
            || edit::swap_message(ACKNOWLEDGED),
        ),
    ]
}

fn of_introduction() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "mcp.acknowledged-twice",
            "the acknowledgement comes twice",
            "mcp.acknowledged-once",
            ReasonCode::Duplicate,
            || edit::duplicate_message(ACKNOWLEDGED),
        ),
        Mutant::wire(
            "mcp.introduces-again",
            "a second introduction is acknowledged",
            "mcp.introduced-twice",
            ReasonCode::Missing,
            introduces_anyway,
        ),
        Mutant::wire(
            "mcp.second-introduction-closes",
            "a second introduction ends the connection",
            "mcp.introduced-twice",
            ReasonCode::Closed,
            || {
                edit::on_message("error", |message, _| {
                    let close = Message::Close(Some((1008, "twice".to_owned())));
                    Action::Do(vec![
                        crate::mutants::Out::Client(message.clone()),
                        crate::mutants::Out::Client(close),
                    ])
                })
            },
        ),
        Mutant::wire(
            "mcp.nameless-acknowledged",
            "an agent without a name is acknowledged",
            "mcp.introduced-nameless",
            ReasonCode::Missing,
            introduces_anyway,
        ),
        Mutant::wire(
            "mcp.unknown-fields-refused",
            "a field that is not known is refused",
            "mcp.unknown-fields",
            ReasonCode::Missing,
            || {
                answer_self(
                    |client| client["type"] == "request" && client.get("colour").is_some(),
                    |client| json!({"type": "error", "code": "INVALID_MESSAGE", "message": "colour", "id": client["id"]}),
                )
            },
        ),
    ]
}

pub(super) fn mutants() -> Vec<Mutant> {
    [of_acknowledgement(), of_introduction()].concat()
}
