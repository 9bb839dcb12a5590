//! What clients send, read from either dialect into the same types.
//!
//! The order of refusals: not JSON (`INVALID_JSON`), wrong envelope (`INVALID_MESSAGE`), unknown type
//! (`UNKNOWN_TYPE`), wrong fields (`INVALID_MESSAGE`).

use serde_json::{Map, Value};

use super::error::{Code, Failure};
use super::events::EventName;
use super::fields::Fields;
use super::identity::{Epoch, Ids};
use super::{Dialect, json, msgpack, time};
use crate::config::Secret;

/// A message that was understood.
#[derive(Debug, Clone, PartialEq)]
pub enum ClientMessage {
    /// `connection_handshake`
    Handshake(Box<Handshake>),
    /// `ping`
    Ping,
    /// `heartbeat`
    Heartbeat,
    /// `subscribe`
    Subscribe(EventList),
    /// `unsubscribe`
    Unsubscribe(EventList),
    /// `query`
    Query(Box<Query>),
    /// `command`
    Command(Command),
    /// `token_refresh`, with the new token.
    TokenRefresh(Secret),
}

/// Introduction of a client.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Handshake {
    /// Stable name of the client inside its session.
    pub agent_id: Option<String>,
    /// User the session is bound to.
    pub user_id: Option<String>,
    /// Session wanted; not yet checked for its form.
    pub session_id: Option<String>,
    /// What the client can do.
    pub capabilities: Vec<String>,
    /// What the client saw last.
    pub resume: Option<ResumePoint>,
}

/// The last event a client has seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResumePoint {
    /// Life of the session it belongs to.
    pub epoch: String,
    /// Its offset; 0 when none was seen.
    pub offset: u64,
}

/// Event names of a subscription, known and unknown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventList {
    /// Known names, in the order given, without repetition.
    pub events: Vec<EventName>,
    /// Unknown names.
    pub rejected: Vec<String>,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Query {
    /// The question; its length and characters are not yet checked.
    pub text: String,
    /// Session named in the message.
    pub session_id: Option<String>,
    /// Database wanted.
    pub database_context: Option<DatabaseContext>,
    /// Whether it is a turn of a chat.
    pub chat: bool,
    /// Whether rows come as `partial_result`.
    pub stream: bool,
    /// Most rows wanted.
    pub max_rows: Option<u64>,
    /// Workflow wanted; not yet checked whether there is one of this name.
    pub workflow: Option<String>,
    /// Place in the client's trace (W3C).
    pub traceparent: Option<String>,
}

/// A database, and of it perhaps only some tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseContext {
    /// Name of the database.
    pub database: String,
    /// Tables, where given.
    pub tables: Option<Vec<String>>,
}

/// What a client does to a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// What to do.
    pub action: Action,
    /// To which transaction.
    pub transaction_id: String,
}

/// Actions of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// End it.
    Cancel,
    /// Hold it before its next stage.
    Pause,
    /// Let it go on.
    Resume,
    /// Ask again, as a new transaction.
    Retry,
}

/// A message, or the refusal of one, with the ids to echo.
#[derive(Debug)]
pub struct Received {
    /// Ids to echo.
    pub ids: Ids,
    /// Whether the message is a sign of life, which has a rate limit of its own.
    pub sign_of_life: bool,
    /// What it says.
    pub message: Result<ClientMessage, Failure>,
}

impl Received {
    /// Reads one text message.
    #[must_use]
    pub fn read(text: &str, dialect: Dialect) -> Self {
        Self::from_value(
            json::parse(text).map_err(|error| Failure::new(Code::InvalidJson, error.to_string())),
            dialect,
        )
    }

    /// Reads one message in MessagePack.
    #[must_use]
    pub fn read_msgpack(bytes: &[u8], dialect: Dialect) -> Self {
        Self::from_value(
            msgpack::parse(bytes).map_err(|error| Failure::invalid(format!("no MessagePack: {error}"))),
            dialect,
        )
    }

    fn from_value(value: Result<Value, Failure>, dialect: Dialect) -> Self {
        let object = value.and_then(|value| match value {
            Value::Object(map) => Ok(map),
            _ => Err(Failure::invalid("a message is a JSON object")),
        });
        match object {
            Ok(map) => Self::from_object(map, dialect),
            Err(failure) => Self { ids: Ids::default(), sign_of_life: false, message: Err(failure) },
        }
    }

    fn from_object(mut map: Map<String, Value>, dialect: Dialect) -> Self {
        let kind = map.get("type").and_then(Value::as_str).map(str::to_owned);
        let stamped = map.get("timestamp").and_then(Value::as_str).is_some_and(time::is_client_timestamp);
        let mut envelope_fault = kind.is_none().then(|| Failure::invalid("type must be a string"));
        if dialect == Dialect::Typed {
            if !stamped {
                let fault = "timestamp is required: RFC 3339, or the same without a zone";
                envelope_fault.get_or_insert_with(|| Failure::invalid(fault));
            }
            match map.remove("params") {
                None | Some(Value::Null) => {}
                Some(Value::Object(params)) => merge(&mut map, params),
                Some(_) => {
                    envelope_fault.get_or_insert_with(|| Failure::invalid("params must be an object"));
                }
            }
        }
        let (ids, id_fault) = Ids::read(&map);
        let kind = kind.unwrap_or_default();
        let message = match envelope_fault.or(id_fault) {
            Some(fault) => Err(fault),
            // A chat is held in the named dialect only.
            None if kind == "chat_message" && dialect == Dialect::Named => {
                Query::from_chat(&Fields::new(&map)).map(|query| ClientMessage::Query(Box::new(query)))
            }
            None => payload(&kind, &Fields::new(&map)),
        };
        Self { ids, sign_of_life: matches!(kind.as_str(), "ping" | "heartbeat"), message }
    }
}

/// `params` wins over fields of the top level; the envelope's own fields are not payload.
fn merge(map: &mut Map<String, Value>, params: Map<String, Value>) {
    for (key, value) in params {
        if key != "type" && key != "timestamp" {
            map.insert(key, value);
        }
    }
}

fn payload(kind: &str, fields: &Fields<'_>) -> Result<ClientMessage, Failure> {
    Ok(match kind {
        "connection_handshake" => ClientMessage::Handshake(Box::new(handshake(fields)?)),
        "ping" => ClientMessage::Ping,
        "heartbeat" => ClientMessage::Heartbeat,
        "subscribe" => ClientMessage::Subscribe(events(fields)?),
        "unsubscribe" => ClientMessage::Unsubscribe(events(fields)?),
        "query" => ClientMessage::Query(Box::new(Query::from_fields(fields)?)),
        "command" => ClientMessage::Command(command(fields)?),
        "token_refresh" => {
            let token = fields.text("token")?.ok_or_else(|| Failure::invalid("token must be a string"))?;
            ClientMessage::TokenRefresh(Secret::from(token.to_owned()))
        }
        unknown => {
            let shown: String = unknown.chars().take(64).collect();
            return Err(Failure::new(Code::UnknownType, format!("unknown message type {shown:?}")));
        }
    })
}

fn handshake(fields: &Fields<'_>) -> Result<Handshake, Failure> {
    fields.text("agent_type")?;
    if let Some(info) = fields.object("client_info")? {
        info.text("browser")?;
        info.text("url")?;
    }
    let resume = match fields.object("resume")? {
        None => None,
        Some(point) => Some(ResumePoint::from_fields(&point)?),
    };
    Ok(Handshake {
        agent_id: name(fields, "agent_id")?,
        user_id: name(fields, "user_id")?,
        session_id: fields.text("session_id")?.map(str::to_owned),
        capabilities: fields.texts("capabilities")?.unwrap_or_default(),
        resume,
    })
}

/// Longest name of an agent or a user, characters.
const MAX_NAME: usize = 256;

/// A name; an empty one is as not given.
fn name(fields: &Fields<'_>, field: &str) -> Result<Option<String>, Failure> {
    let name = fields.text(field)?.filter(|name| !name.is_empty());
    if name.is_some_and(|name| name.chars().count() > MAX_NAME) {
        return Err(Failure::invalid(format!("{field} must have at most {MAX_NAME} characters")));
    }
    Ok(name.map(str::to_owned))
}

impl ResumePoint {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Failure> {
        let epoch = fields.text("epoch")?.filter(|epoch| Epoch::is_well_formed(epoch));
        let epoch = epoch.ok_or_else(|| Failure::invalid("epoch must be a string without ':'"))?;
        let offset =
            fields.whole("offset")?.ok_or_else(|| Failure::invalid("offset must be a whole number"))?;
        Ok(Self { epoch: epoch.to_owned(), offset })
    }

    /// Reads the point from the query of a URL. `Ok(None)` when neither part is given.
    ///
    /// # Errors
    /// `INVALID_MESSAGE` when one part is missing or malformed.
    pub fn from_url(epoch: Option<&str>, offset: Option<&str>) -> Result<Option<Self>, Failure> {
        let (epoch, offset) = match (epoch, offset) {
            (None, None) => return Ok(None),
            (epoch, offset) => (epoch.unwrap_or_default(), offset.unwrap_or_default()),
        };
        if !Epoch::is_well_formed(epoch) {
            return Err(Failure::invalid("epoch must be text without ':'"));
        }
        let digits = !offset.is_empty() && offset.bytes().all(|byte| byte.is_ascii_digit());
        let offset = offset.parse().ok().filter(|_| digits);
        let offset = offset.ok_or_else(|| Failure::invalid("offset must be a whole number"))?;
        Ok(Some(Self { epoch: epoch.to_owned(), offset }))
    }
}

fn events(fields: &Fields<'_>) -> Result<EventList, Failure> {
    let names =
        fields.texts("events")?.ok_or_else(|| Failure::invalid("events must be a list of strings"))?;
    let mut list = EventList::default();
    for name in names {
        match EventName::parse(&name) {
            Some(event) if !list.events.contains(&event) => list.events.push(event),
            Some(_) => {}
            None if !list.rejected.contains(&name) => list.rejected.push(name),
            None => {}
        }
    }
    Ok(list)
}

fn command(fields: &Fields<'_>) -> Result<Command, Failure> {
    let action = match fields.text("action")? {
        Some("cancel") => Action::Cancel,
        Some("pause") => Action::Pause,
        Some("resume") => Action::Resume,
        Some("retry") => Action::Retry,
        _ => return Err(Failure::invalid("action must be cancel, pause, resume or retry")),
    };
    let transaction_id = fields.text("transaction_id")?;
    let transaction_id = transaction_id.ok_or_else(|| Failure::invalid("transaction_id must be a string"))?;
    Ok(Command { action, transaction_id: transaction_id.to_owned() })
}

impl Query {
    /// Reads a query from its fields, over a socket or as the body of a request.
    ///
    /// # Errors
    /// `INVALID_MESSAGE` for a field of the wrong type.
    pub fn from_fields(fields: &Fields<'_>) -> Result<Self, Failure> {
        Self::asked_in("query", fields)
    }

    /// Reads a turn of a chat from its fields.
    ///
    /// # Errors
    /// `INVALID_MESSAGE` for a field of the wrong type.
    pub fn from_chat(fields: &Fields<'_>) -> Result<Self, Failure> {
        Ok(Self { chat: true, ..Self::asked_in("message", fields)? })
    }

    fn asked_in(field: &str, fields: &Fields<'_>) -> Result<Self, Failure> {
        let text =
            fields.text(field)?.ok_or_else(|| Failure::invalid(format!("{field} must be a string")))?;
        let mut query = Self {
            text: text.to_owned(),
            session_id: fields.text("session_id")?.map(str::to_owned),
            // One of another type is no place in a trace, and no reason to refuse a question.
            traceparent: fields.text("traceparent").ok().flatten().map(str::to_owned),
            ..Self::default()
        };
        if let Some(context) = fields.object("database_context")? {
            let database = context.text("database")?;
            let database =
                database.ok_or_else(|| Failure::invalid("database_context.database must be a string"))?;
            query.database_context =
                Some(DatabaseContext { database: database.to_owned(), tables: context.texts("tables")? });
        }
        if let Some(preferences) = fields.object("preferences")? {
            if !matches!(preferences.text("output_format")?, None | Some("json")) {
                return Err(Failure::invalid("preferences.output_format must be \"json\""));
            }
            query.workflow = preferences.text("workflow")?.map(str::to_owned);
            query.stream = preferences.flag("stream")?.unwrap_or(false);
            query.max_rows = preferences.whole("max_rows")?;
            if query.max_rows == Some(0) {
                return Err(Failure::invalid("preferences.max_rows must be at least 1"));
            }
        }
        Ok(query)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(message: &Value, dialect: Dialect) -> Received {
        Received::read(&message.to_string(), dialect)
    }

    fn code(message: &Value, dialect: Dialect) -> Option<Code> {
        read(message, dialect).message.err().map(|failure| failure.code)
    }

    #[test]
    fn params_win_in_the_typed_dialect_and_mean_nothing_in_the_named() {
        let message = json!({
            "type": "query", "timestamp": "2025-01-01T00:00:00Z", "query": "top", "id": 1,
            "params": { "query": "inner", "id": 2, "query_id": "q", "type": "ping" },
        });
        for (dialect, text, ids) in [
            (Dialect::Typed, "inner", json!({ "id": 2, "query_id": "q" })),
            (Dialect::Named, "top", json!({ "id": 1 })),
        ] {
            let received = read(&message, dialect);
            assert_eq!(serde_json::to_value(&received.ids).unwrap(), ids);
            let Ok(ClientMessage::Query(query)) = received.message else { panic!("a query") };
            assert_eq!(query.text, text);
        }
    }

    #[test]
    fn refusals_come_in_order() {
        let typed = |mut message: Value| {
            message["timestamp"] = json!("2025-01-01T00:00:00");
            code(&message, Dialect::Typed)
        };
        assert_eq!(typed(json!({ "type": "ping" })), None);
        assert_eq!(typed(json!({ "type": "nonsense" })), Some(Code::UnknownType));
        assert_eq!(typed(json!({ "type": "ping", "params": 5 })), Some(Code::InvalidMessage));
        assert_eq!(typed(json!({ "type": "ping", "params": null })), None);
        for (message, expected) in [
            (json!({ "type": "nonsense", "timestamp": "yesterday" }), Some(Code::InvalidMessage)),
            (json!({ "type": "ping" }), Some(Code::InvalidMessage)),
            (json!({ "type": "ping", "timestamp": 5 }), Some(Code::InvalidMessage)),
        ] {
            assert_eq!(code(&message, Dialect::Typed), expected, "{message}");
        }
    }

    #[test]
    fn fields_of_the_wrong_type_are_refused_and_null_is_as_not_given() {
        for (message, expected) in [
            (json!({ "type": "connection_handshake" }), None),
            (json!({ "type": "connection_handshake", "user_id": null, "resume": null }), None),
            (json!({ "type": "connection_handshake", "user_id": 5 }), Some(Code::InvalidMessage)),
            (
                json!({ "type": "connection_handshake", "agent_id": "x".repeat(257) }),
                Some(Code::InvalidMessage),
            ),
            (json!({ "type": "connection_handshake", "capabilities": "x" }), Some(Code::InvalidMessage)),
            (
                json!({ "type": "connection_handshake", "client_info": { "browser": 1 } }),
                Some(Code::InvalidMessage),
            ),
            (
                json!({ "type": "connection_handshake", "resume": { "epoch": "a:b", "offset": 1 } }),
                Some(Code::InvalidMessage),
            ),
            (
                json!({ "type": "connection_handshake", "resume": { "epoch": "a", "offset": -1 } }),
                Some(Code::InvalidMessage),
            ),
            (
                json!({ "type": "query", "query": "x", "preferences": { "max_rows": 0 } }),
                Some(Code::InvalidMessage),
            ),
            (
                json!({ "type": "query", "query": "x", "preferences": { "output_format": "xml" } }),
                Some(Code::InvalidMessage),
            ),
            (json!({ "type": "query", "query": "x", "database_context": {} }), Some(Code::InvalidMessage)),
            (json!({ "type": "subscribe", "events": [1] }), Some(Code::InvalidMessage)),
            (json!({ "type": "command", "action": "cancel" }), Some(Code::InvalidMessage)),
            (json!({ "type": "token_refresh" }), Some(Code::InvalidMessage)),
        ] {
            assert_eq!(code(&message, Dialect::Named), expected, "{message}");
        }
    }

    #[test]
    fn resume_points_come_from_urls_too() {
        let point = |epoch, offset| ResumePoint::from_url(epoch, offset).map(|point| point.map(|p| p.offset));
        assert_eq!(point(None, None), Ok(None));
        assert_eq!(point(Some("e"), Some("18446744073709551615")), Ok(Some(u64::MAX)));
        for (epoch, offset) in [
            (Some("e"), None),
            (None, Some("1")),
            (Some("a:b"), Some("1")),
            (Some("e"), Some("+1")),
            (Some("e"), Some("18446744073709551616")),
        ] {
            assert!(point(epoch, offset).is_err(), "{epoch:?} {offset:?}");
        }
    }

    proptest! {
        #[test]
        fn random_text_never_panics(text in "\\PC{0,200}") {
            let _ = Received::read(&text, Dialect::Named);
        }

        #[test]
        fn random_fields_never_panic(
            kind in prop_oneof![
                Just("query"), Just("connection_handshake"), Just("subscribe"), Just("command"), Just("ping")
            ],
            field in prop_oneof![
                Just("query"), Just("resume"), Just("events"), Just("params"), Just("preferences"), Just("id")
            ],
            value in prop_oneof![
                Just(json!(null)), Just(json!(-1)), Just(json!("x")), Just(json!([{}])), Just(json!({ "epoch": 5 }))
            ],
        ) {
            let message = json!({ "type": kind, field: value });
            let _ = read(&message, Dialect::Named);
            let _ = read(&message, Dialect::Typed);
        }
    }
}
