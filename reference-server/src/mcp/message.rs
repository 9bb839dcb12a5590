//! What is said on the MCP link.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::database::{ResultColumn, Row};
use crate::listener::{TierError, now};
use crate::observe::traces;

/// Longest text id.
const MAX_ID_CHARS: usize = 128;

/// Id of a request, chosen by the client: an integer, or a text of 1 to 128 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum RequestId {
    /// Integer.
    Number(i64),
    /// Text.
    Text(String),
}

/// One call of a tool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Request {
    /// Its answer carries the same.
    pub(crate) id: RequestId,
    /// Always `tools/call`.
    pub(crate) method: String,
    /// Which tool, with what.
    pub(crate) params: Call,
}

/// Which tool, with what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Call {
    /// Tool.
    pub(crate) name: String,
    /// Its arguments.
    #[serde(default)]
    pub(crate) arguments: Map<String, Value>,
    /// Place in the caller's trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) traceparent: Option<String>,
}

impl Call {
    /// A call that is a part of what the current span is a part of.
    pub(crate) fn new(name: &str, arguments: Map<String, Value>) -> Self {
        Self { name: name.to_owned(), arguments, traceparent: traces::carried(&tracing::Span::current()) }
    }
}

/// Everything a client may say.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ClientMessage {
    /// `agent_connected`.
    Connected(AgentConnected),
    /// One call.
    Request(Request),
    /// Several; answered by id in any order.
    Batch(Vec<Value>),
    /// Start or stop of events.
    Subscription { subscribe: bool, events: Vec<String> },
    /// Stop of a running request.
    Cancel(RequestId),
    /// Leave to stream further pieces of a result.
    More { id: RequestId, chunks: u32 },
    /// Sign of life.
    Ping { id: Option<Value> },
    /// Sign of life, answered with how the server is.
    Heartbeat { correlation_id: Option<Value> },
}

/// How an agent introduces itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AgentConnected {
    /// Stable name.
    pub(crate) agent_id: String,
    /// Such as `data`.
    pub(crate) agent_type: String,
    /// What it can.
    #[serde(default)]
    pub(crate) capabilities: Vec<String>,
}

/// A message that can't be taken; with the id, where one could be read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Unusable {
    pub(crate) error: Box<TierError>,
    pub(crate) id: Option<RequestId>,
}

impl Unusable {
    fn new(code: &str, message: String, id: Option<RequestId>) -> Self {
        Self { error: Box::new(TierError::new(code, message)), id }
    }
}

/// Reads one message of a client.
pub(crate) fn read(text: &str) -> Result<ClientMessage, Unusable> {
    let value: Value = serde_json::from_str(text)
        .map_err(|error| Unusable::new("INVALID_JSON", format!("not JSON: {error}"), None))?;
    let id = id_of(&value);
    let Some(kind) = value.get("type").and_then(Value::as_str).map(str::to_owned) else {
        return Err(Unusable::new("INVALID_MESSAGE", "type is missing or no text".to_owned(), id));
    };
    let shape =
        |error: serde_json::Error| Unusable::new("INVALID_MESSAGE", format!("{kind}: {error}"), id.clone());
    match kind.as_str() {
        "event" => read_event(&value, id.clone()),
        "request" => read_request(value).map(ClientMessage::Request),
        "batch" => {
            let requests = value.get("requests").cloned().unwrap_or_default();
            serde_json::from_value(requests).map(ClientMessage::Batch).map_err(shape)
        }
        "subscribe" | "unsubscribe" => {
            let events = value.get("events").cloned().unwrap_or_default();
            let subscribe = kind == "subscribe";
            let events = serde_json::from_value(events).map_err(shape)?;
            Ok(ClientMessage::Subscription { subscribe, events })
        }
        "cancel" | "more" => {
            let Some(id) = id else {
                return Err(Unusable::new("INVALID_MESSAGE", format!("{kind}: id is missing"), None));
            };
            if kind == "cancel" {
                return Ok(ClientMessage::Cancel(id));
            }
            let chunks = value.get("chunks").and_then(Value::as_u64).unwrap_or(1);
            Ok(ClientMessage::More { id, chunks: u32::try_from(chunks.min(1_024)).unwrap_or(1) })
        }
        "ping" => Ok(ClientMessage::Ping { id: value.get("id").cloned() }),
        "heartbeat" => Ok(ClientMessage::Heartbeat { correlation_id: value.get("correlation_id").cloned() }),
        _ => Err(Unusable::new("UNKNOWN_TYPE", format!("unknown type `{}`", shortened(&kind)), id)),
    }
}

/// Reads one request object; also those of a batch.
pub(crate) fn read_request(value: Value) -> Result<Request, Unusable> {
    let id = id_of(&value);
    let request: Request = serde_json::from_value(value)
        .map_err(|error| Unusable::new("INVALID_MESSAGE", format!("request: {error}"), id.clone()))?;
    if let RequestId::Text(text) = &request.id
        && !(1..=MAX_ID_CHARS).contains(&text.chars().count())
    {
        return Err(Unusable::new("INVALID_MESSAGE", "id has not 1 to 128 characters".to_owned(), None));
    }
    if request.method != "tools/call" {
        let message = format!("unknown method `{}`, expected tools/call", shortened(&request.method));
        return Err(Unusable::new("INVALID_MESSAGE", message, id));
    }
    Ok(request)
}

fn read_event(value: &Value, id: Option<RequestId>) -> Result<ClientMessage, Unusable> {
    let name = value.get("event_name").and_then(Value::as_str).unwrap_or_default();
    if name != "agent_connected" {
        let message = format!("unknown event `{}`", shortened(name));
        return Err(Unusable::new("UNKNOWN_TYPE", message, id));
    }
    let payload = value.get("payload").cloned().unwrap_or_default();
    serde_json::from_value(payload)
        .map(ClientMessage::Connected)
        .map_err(|error| Unusable::new("INVALID_MESSAGE", format!("agent_connected: {error}"), id))
}

fn id_of(value: &Value) -> Option<RequestId> {
    let id: RequestId = serde_json::from_value(value.get("id")?.clone()).ok()?;
    match &id {
        RequestId::Text(text) if !(1..=MAX_ID_CHARS).contains(&text.chars().count()) => None,
        RequestId::Text(_) | RequestId::Number(_) => Some(id),
    }
}

/// At most 40 characters of a text that came from outside, for an error message.
fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

/// The answer to a request.
pub(crate) fn response(id: &RequestId, outcome: &Result<Value, TierError>) -> Value {
    match outcome {
        Ok(result) => json!({ "type": "response", "id": id, "result": result, "timestamp": now() }),
        Err(error) => json!({ "type": "response", "id": id, "error": error, "timestamp": now() }),
    }
}

/// An event.
pub(crate) fn event(name: &str, payload: Value) -> Value {
    json!({ "type": "event", "event_name": name, "payload": payload, "timestamp": now() })
}

/// A piece of a streamed result as text: an event that carries the request's id. Rows are written straight
/// from where they are.
pub(crate) fn rows_event(id: &RequestId, columns: Option<&[ResultColumn]>, rows: &[Row]) -> String {
    let event = RowsEvent {
        kind: "event",
        event_name: "rows",
        payload: RowsPayload { id, columns, rows },
        timestamp: now(),
    };
    // Rows are made of JSON values and the keys are texts, which is all that could fail.
    serde_json::to_string(&event).unwrap_or_default()
}

#[derive(Serialize)]
struct RowsEvent<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    event_name: &'static str,
    payload: RowsPayload<'a>,
    timestamp: String,
}

#[derive(Serialize)]
struct RowsPayload<'a> {
    id: &'a RequestId,
    #[serde(skip_serializing_if = "Option::is_none")]
    columns: Option<&'a [ResultColumn]>,
    rows: &'a [Row],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_not_be_read_says_why_and_keeps_the_id() {
        for (text, code, id) in [
            ("{", "INVALID_JSON", None),
            ("[]", "INVALID_MESSAGE", None),
            (r#"{"type":"dance","id":7}"#, "UNKNOWN_TYPE", Some(RequestId::Number(7))),
            (r#"{"type":"request","id":"a"}"#, "INVALID_MESSAGE", Some(RequestId::Text("a".into()))),
            (
                r#"{"type":"request","id":1,"method":"x","params":{"name":"y"}}"#,
                "INVALID_MESSAGE",
                Some(RequestId::Number(1)),
            ),
            (
                r#"{"type":"request","id":"","method":"tools/call","params":{"name":"y"}}"#,
                "INVALID_MESSAGE",
                None,
            ),
            (r#"{"type":"cancel"}"#, "INVALID_MESSAGE", None),
            (r#"{"type":"event","event_name":"x"}"#, "UNKNOWN_TYPE", None),
            (r#"{"type":"subscribe","events":"all"}"#, "INVALID_MESSAGE", None),
        ] {
            let refused = read(text).unwrap_err();
            assert_eq!((refused.error.code.as_str(), refused.id), (code, id), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn random_text_never_panics(text in "\\PC{0,120}") {
            let _ = read(&text);
        }

        #[test]
        fn random_members_never_panic(kind in "event|request|batch|subscribe|cancel|more|ping", rest in "\\PC{0,40}") {
            let _ = read(&format!(r#"{{"type":"{kind}","id":{rest}}}"#));
            let _ = read(&json!({ "type": kind, "id": rest, "params": rest, "requests": rest, "events": [rest] }).to_string());
        }
    }
}
