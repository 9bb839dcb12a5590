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
