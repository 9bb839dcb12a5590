//! The messages in both dialects.

use schemars::JsonSchema;
use serde_json::{Value, json};

use super::behaviour;
use super::client;
use super::schemas::{Schemas, reference};
use crate::wire::identity::{Epoch, Id, SessionId};
use crate::wire::server::{MessageVisitor, ServerMessage, Wrap, visit};
use crate::wire::time::WireTime;

/// Whether a message has a place in the order of its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Always,
    /// A repeated `query_accepted` has none.
    Sometimes,
    Never,
}

impl Place {
    fn of(key: &str) -> Self {
        match key {
            "progress_update"
            | "partial_result"
            | "query_result"
            | "query_error"
            | "query_cancelled"
            | "chat_reply"
            | "database_context_changed" => Self::Always,
            "query_accepted" => Self::Sometimes,
            _ => Self::Never,
        }
    }
}

/// Names of the schemas of one message.
pub(super) struct Described {
    /// Its key in the document.
    pub(super) key: String,
    /// One sentence.
    pub(super) summary: Option<String>,
    /// What no schema can say of it.
    pub(super) description: Option<&'static str>,
}

/// All messages, by who sends them and in which dialect.
pub(super) struct Messages {
    pub(super) named: Vec<Described>,
    pub(super) typed: Vec<Described>,
    pub(super) client_named: Vec<Described>,
    pub(super) client_typed: Vec<Described>,
}

/// Describes all messages: `named.NAME` and `typed.NAME` for the server's, `client.named.NAME` and
/// `client.typed.NAME` for the client's.
pub(super) fn describe(schemas: &mut Schemas) -> Messages {
    envelope(schemas);
    let mut visitor = Visitor { schemas, keys: Vec::new() };
    visit(&mut visitor);
    let keys = visitor.keys;
    let (mut named, mut typed) = (Vec::new(), Vec::new());
    for (key, summary) in &keys {
        let of = |dialect: &str| Described {
            key: format!("{dialect}.{key}"),
            summary: summary.clone(),
            description: None,
        };
        named.push(of("named"));
        typed.push(of("typed"));
    }
    let also = |key: &str| Described { key: key.to_owned(), summary: None, description: None };
    named.push(also("batch"));
    typed.extend(["batch", "typed.response", "named.query_error"].map(also));
    batch(schemas);
    response(schemas);
    let (client_named, client_typed) = clients(schemas);
    Messages { named, typed, client_named, client_typed }
}

struct Visitor<'a> {
    schemas: &'a mut Schemas,
    keys: Vec<(String, Option<String>)>,
}

impl MessageVisitor for Visitor<'_> {
    fn message<M: ServerMessage + JsonSchema>(&mut self) {
        // Two messages are called error: the end of a query has a place and a transaction.
        let key = if M::schema_name() == "TerminalError" { "query_error" } else { M::NAME };
        let body = self.schemas.sent::<M>();
        let place = match Place::of(key) {
            Place::Always => reference("Place"),
            Place::Sometimes => {
                json!({ "anyOf": [reference("Place"), { "not": { "required": ["offset"] } }] })
            }
            Place::Never => json!({ "not": { "required": ["offset"] } }),
        };
        let payload = json!({ "allOf": [reference("Stamp"), place, body] });
        self.schemas.define(&format!("payload.{key}"), payload);
        let named = json!({
            "title": M::NAME,
            "allOf": [
                { "type": "object", "properties": { "type": { "const": M::NAME } }, "required": ["type"] },
                reference(&format!("payload.{key}")),
            ],
        });
        self.schemas.define(&format!("named.{key}"), named);
        let typed = match M::WRAP {
            Wrap::Same => reference(&format!("named.{key}")),
            Wrap::Event => wrapped("event", M::NAME, key),
            Wrap::Broadcast => wrapped("broadcast", M::NAME, key),
        };
        self.schemas.define(&format!("typed.{key}"), typed);
        let schema = schemars::schema_for!(M);
        let summary = schema.get("description").and_then(Value::as_str).map(str::to_owned);
        self.keys.push((key.to_owned(), summary));
    }
}

fn wrapped(kind: &str, name: &str, key: &str) -> Value {
    json!({
        "title": name,
        "allOf": [
            reference("Stamp"),
            {
                "type": "object",
                "properties": {
                    "type": { "const": kind },
                    "event_name": { "const": name },
                    "payload": reference(&format!("payload.{key}")),
                },
                "required": ["type", "event_name", "payload"],
            },
        ],
    })
}

/// What every message of the server has, and what an event of a session has besides.
fn envelope(schemas: &mut Schemas) {
    let (id, time) = (schemas.sent::<Id>(), schemas.sent::<WireTime>());
    let id = json!({ "anyOf": [id, { "type": "null" }] });
    schemas.define(
        "Stamp",
        json!({
            "description": "The time of a message, and the ids of its cause: those that were given.",
            "type": "object",
            "properties": { "timestamp": time, "id": id, "query_id": id, "correlation_id": id },
            "required": ["timestamp"],
        }),
    );
    let (session, epoch) = (schemas.sent::<SessionId>(), schemas.sent::<Epoch>());
    schemas.define(
        "Place",
        json!({
            "description": "The place of an event in the order of its session.",
            "type": "object",
            "properties": {
                "session_id": session, "epoch": epoch, "offset": { "type": "integer", "minimum": 1 },
            },
            "required": ["session_id", "epoch", "offset"],
        }),
    );
    schemas.define("client.ids", client::given_ids());
}

fn batch(schemas: &mut Schemas) {
    schemas.define(
        "batch",
        json!({
            "title": "batch",
            "description": "Messages that were ready together, for clients that announced it.",
            "type": "object",
            "properties": {
                "type": { "const": "batch" },
                "messages": { "type": "array", "minItems": 1, "items": { "type": "object" } },
            },
            "required": ["type", "messages"],
        }),
    );
}

/// How the typed dialect tells an asker the end of its query; an error stays as it is.
fn response(schemas: &mut Schemas) {
    let ends =
        ["query_result", "query_cancelled", "chat_reply"].map(|key| reference(&format!("payload.{key}")));
    schemas.define(
        "typed.response",
        json!({
            "title": "response",
            "description": "The end of a query, for who asked.",
            "allOf": [
                reference("Stamp"),
                {
                    "type": "object",
                    "properties": { "type": { "const": "response" }, "result": { "anyOf": ends } },
                    "required": ["type", "result"],
                },
            ],
        }),
    );
}

fn clients(schemas: &mut Schemas) -> (Vec<Described>, Vec<Described>) {
    let (mut named, mut typed) = (Vec::new(), Vec::new());
    for client::ClientMessage { name, typed: has_typed, body } in client::messages(schemas) {
        let kind =
            json!({ "type": "object", "properties": { "type": { "const": name } }, "required": ["type"] });
        let key = format!("client.named.{name}");
        let described = |key| Described { key, summary: None, description: behaviour::of_client(name) };
        let schema = json!({ "title": name, "allOf": [kind, reference("client.ids"), body] });
        schemas.define(&key, schema);
        named.push(described(key));
        if !has_typed {
            continue;
        }
        let inside = json!({
            "type": "object",
            "properties": { "params": { "allOf": [reference("client.ids"), body] } },
            "required": ["params"],
        });
        let key = format!("client.typed.{name}");
        let stamped = json!({
            "type": "object",
            "properties": { "timestamp": { "type": "string" }, "params": { "type": ["object", "null"] } },
            "required": ["timestamp"],
        });
        let schema = json!({
            "title": name,
            "allOf": [kind, stamped, reference("client.ids"), { "anyOf": [inside, body] }],
        });
        schemas.define(&key, schema);
        typed.push(described(key));
    }
    (named, typed)
}
