//! What clients send, as it is described. The reader in `wire::client` takes fields one by one, so that every
//! refusal can name the field; a test holds both to the same.
#![expect(dead_code, reason = "only their shapes are used")]

use schemars::JsonSchema;

use super::schemas::Schemas;
use serde_json::{Value, json};

/// A sign of life.
#[derive(JsonSchema)]
struct Ping {}

/// A sign of life that asks how the server is.
#[derive(JsonSchema)]
struct Heartbeat {}

/// Introduction of a client.
#[derive(JsonSchema)]
struct ConnectionHandshake {
    /// Stable name of the client inside its session.
    #[schemars(length(max = 256))]
    agent_id: Option<String>,
    agent_type: Option<String>,
    /// User the session is bound to.
    #[schemars(length(max = 256))]
    user_id: Option<String>,
    /// Session wanted: 8 to 128 of `A-Z a-z 0-9 _ -`.
    session_id: Option<String>,
    /// What the client can do, such as `msgpack` and `batch`.
    capabilities: Option<Vec<String>>,
    client_info: Option<ClientInfo>,
    /// What the client saw last, if it wants the rest.
    resume: Option<SeenLast>,
}

/// What a client says of itself.
#[derive(JsonSchema)]
struct ClientInfo {
    browser: Option<String>,
    url: Option<String>,
}

/// The last event a client has seen.
#[derive(JsonSchema)]
struct SeenLast {
    #[schemars(length(min = 1, max = 128), regex(pattern = r"^[^:]+$"))]
    epoch: String,
    offset: u64,
}

/// Wants events.
#[derive(JsonSchema)]
struct Subscribe {
    /// Names of events; unknown ones are told back.
    events: Vec<String>,
}

/// Wants events no more.
#[derive(JsonSchema)]
struct Unsubscribe {
    events: Vec<String>,
}

/// A question.
#[derive(JsonSchema)]
pub(super) struct Query {
    /// 1 to 4,000 characters.
    query: String,
    session_id: Option<String>,
    database_context: Option<WantedContext>,
    preferences: Option<Preferences>,
}

/// A question in a conversation.
#[derive(JsonSchema)]
struct ChatMessage {
    /// 1 to 4,000 characters.
    message: String,
    session_id: Option<String>,
    database_context: Option<WantedContext>,
    preferences: Option<Preferences>,
}

/// The database to ask.
#[derive(JsonSchema)]
struct WantedContext {
    database: String,
    tables: Option<Vec<String>>,
}

/// How the answer is wanted.
#[derive(JsonSchema)]
struct Preferences {
    output_format: Option<OutputFormat>,
    /// Whether rows come as `partial_result`.
    stream: Option<bool>,
    /// Clamped to the server's own limit.
    #[schemars(range(min = 1))]
    max_rows: Option<u64>,
    /// Name of a configured workflow, such as `bi` or `research`.
    workflow: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum OutputFormat {
    Json,
}

/// What is to become of a transaction.
#[derive(JsonSchema)]
struct Command {
    action: CommandAction,
    transaction_id: String,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum CommandAction {
    Cancel,
    Pause,
    Resume,
    Retry,
}

/// Another token of the same user.
#[derive(JsonSchema)]
struct TokenRefresh {
    token: String,
}

/// Body of `POST /api/sessions`.
#[derive(JsonSchema)]
pub(super) struct SessionRequest {
    /// 8 to 128 of `A-Z a-z 0-9 _ -`; made when none is given.
    session_id: Option<String>,
    user_id: Option<String>,
}

/// Body of `POST /api/database/select`.
#[derive(JsonSchema)]
pub(super) struct SelectRequest {
    /// May be named by `X-Session-Id` instead.
    session_id: Option<String>,
    database: String,
    tables: Option<Vec<String>>,
}

/// Body of `POST /api/database/validate`.
#[derive(JsonSchema)]
pub(super) struct ValidateRequest {
    database: String,
    tables: Option<Vec<String>>,
}

/// One kind of message.
pub(super) struct ClientMessage {
    pub(super) name: &'static str,
    /// Whether the typed dialect has it too.
    pub(super) typed: bool,
    pub(super) body: Value,
}

/// All of them.
pub(super) fn messages(schemas: &mut Schemas) -> Vec<ClientMessage> {
    let both = |name, body| ClientMessage { name, typed: true, body };
    vec![
        both("connection_handshake", schemas.read::<ConnectionHandshake>()),
        both("ping", schemas.read::<Ping>()),
        both("heartbeat", schemas.read::<Heartbeat>()),
        both("subscribe", schemas.read::<Subscribe>()),
        both("unsubscribe", schemas.read::<Unsubscribe>()),
        both("query", schemas.read::<Query>()),
        both("command", schemas.read::<Command>()),
        both("token_refresh", schemas.read::<TokenRefresh>()),
        ClientMessage { name: "chat_message", typed: false, body: schemas.read::<ChatMessage>() },
    ]
}

/// The ids a client may give a message.
pub(super) fn given_ids() -> Value {
    let id = json!({
        "anyOf": [
            { "type": "string", "minLength": 1, "maxLength": 128 },
            { "type": "integer" },
            { "type": "null" },
        ],
    });
    json!({ "type": "object", "properties": { "id": id, "query_id": id, "correlation_id": id } })
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use jsonschema::Validator;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use serde_json::Map;

    use crate::specification::messages::describe;
    use crate::wire::Dialect;
    use crate::wire::client::Received;

    use super::*;

    /// What may stand in any field, right for some and wrong for the others.
    fn anything() -> BoxedStrategy<Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-2_i64..5).prop_map(Value::from),
            prop::sample::select(vec![json!(1.5), json!(""), json!("cancel"), json!("json"), json!("a:b")]),
            "[a-z_]{1,12}".prop_map(Value::from),
            prop::sample::select(vec![129, 257]).prop_map(|length| Value::from("x".repeat(length))),
        ];
        prop_oneof![4 => leaf.clone(), 1 => vec(leaf, 0..3).prop_map(Value::from), 1 => Just(json!({}))]
            .boxed()
    }

    /// Fields of the objects inside messages.
    fn inside(name: &str) -> &'static [&'static str] {
        match name {
            "client_info" => &["browser", "url"],
            "resume" => &["epoch", "offset"],
            "database_context" => &["database", "tables"],
            "preferences" => &["output_format", "stream", "max_rows", "workflow"],
            _ => &[],
        }
    }

    /// Four times in five something that is right in the field of that name.
    fn value(name: &'static str) -> BoxedStrategy<Value> {
        let right = match name {
            "capabilities" | "events" | "tables" => vec("[a-z]{1,6}", 0..3).prop_map(Value::from).boxed(),
            "offset" => (0_u64..9).prop_map(Value::from).boxed(),
            "max_rows" => (1_u64..9).prop_map(Value::from).boxed(),
            "stream" => any::<bool>().prop_map(Value::from).boxed(),
            "output_format" => Just(json!("json")).boxed(),
            "action" => {
                prop::sample::select(vec!["cancel", "pause", "resume", "retry"]).prop_map(Value::from).boxed()
            }
            _ if inside(name).is_empty() => "[a-z]{1,12}".prop_map(Value::from).boxed(),
            _ => object(inside(name).to_vec()).prop_map(Value::Object).boxed(),
        };
        prop_oneof![4 => right, 1 => anything()].boxed()
    }

    /// Each of these fields, three times in four.
    fn object(names: Vec<&'static str>) -> impl Strategy<Value = Map<String, Value>> {
        let values: Vec<_> = names.iter().map(|name| prop::option::weighted(0.75, value(name))).collect();
        values.prop_map(move |values| {
            let fields = names.iter().zip(values);
            fields.filter_map(|(name, value)| Some(((*name).to_owned(), value?))).collect()
        })
    }

    /// What may be in each kind of message, beside ids and what nobody knows.
    const FIELDS: [(&str, &[&str]); 9] = [
        (
            "connection_handshake",
            &["agent_id", "agent_type", "user_id", "session_id", "capabilities", "client_info", "resume"],
        ),
        ("ping", &[]),
        ("heartbeat", &[]),
        ("subscribe", &["events"]),
        ("unsubscribe", &["events"]),
        ("query", &["query", "session_id", "database_context", "preferences"]),
        ("command", &["action", "transaction_id"]),
        ("token_refresh", &["token"]),
        ("chat_message", &["message", "session_id", "database_context", "preferences"]),
    ];

    fn message() -> impl Strategy<Value = (&'static str, Value)> {
        prop::sample::select(FIELDS.to_vec()).prop_flat_map(|(kind, own)| {
            let names = own.iter().copied().chain(["id", "query_id", "unknown"]).collect();
            object(names).prop_map(move |mut fields| {
                fields.insert("type".to_owned(), json!(kind));
                (kind, Value::Object(fields))
            })
        })
    }

    /// Each message of the named dialect with what checks it as it is described.
    fn described() -> HashMap<String, Validator> {
        let mut schemas = Schemas::new();
        let messages = describe(&mut schemas);
        let defined = Value::Object(schemas.finish());
        let of = |key: &str| {
            let schema = json!({ "$ref": format!("#/components/schemas/{key}"), "components": { "schemas": defined } });
            jsonschema::draft202012::new(&schema).unwrap()
        };
        let listed = messages.client_named.iter();
        listed.map(|message| (message.key.rsplit('.').next().unwrap().to_owned(), of(&message.key))).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn what_is_described_is_what_is_read((kind, message) in message()) {
            thread_local! {
                static DESCRIBED: HashMap<String, Validator> = described();
            }
            DESCRIBED.with(|described| {
                let read = Received::read(&message.to_string(), Dialect::Named).message;
                let fault = described[kind].validate(&message).err().map(|error| error.to_string());
                prop_assert_eq!(read.is_ok(), fault.is_none(), "{}: read {:?}, described {:?}", message, read.err(), fault);
                Ok(())
            })?;
        }
    }
}
