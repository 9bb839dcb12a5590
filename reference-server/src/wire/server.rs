//! What the server sends, one struct per message. Ids, timestamp and the stamp of a session event
//! (`session_id`, `epoch`, `offset`) are the envelope's and added by [`super::encode`].

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Dialect;
use super::client::Action;
use super::error::Failure;
use super::events::EventName;
use super::identity::{ClientId, Epoch, Id, SessionId, TransactionId};
use super::time::WireTime;

/// How the typed dialect wraps a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrap {
    /// As it is in the named dialect.
    Same,
    /// As `event`.
    Event,
    /// As `broadcast`.
    Broadcast,
}

/// A message of the server.
pub trait ServerMessage: Serialize {
    /// Its own name, the `type` of the named dialect.
    const NAME: &'static str;
    /// How the typed dialect wraps it.
    const WRAP: Wrap = Wrap::Event;
}

/// Whoever wants to know all messages, such as the published description.
pub trait MessageVisitor {
    /// One of them.
    fn message<M: ServerMessage + JsonSchema>(&mut self);
}

macro_rules! messages {
    ($($(#[$attribute:meta])* $type:ty = $name:literal $(as $wrap:ident)?),+ $(,)?) => {
        $(impl ServerMessage for $type {
            const NAME: &'static str = $name;
            $(const WRAP: Wrap = Wrap::$wrap;)?
        })+

        /// Shows all of them to `visitor`.
        pub fn visit(visitor: &mut impl MessageVisitor) {
            $(visitor.message::<$type>();)+
            super::notices::visit(visitor);
        }
    };
}

messages! {
    ConnectionEstablished = "connection_established" as Same,
    ConnectionAcknowledged = "connection_acknowledged" as Same,
    Pong = "pong" as Same,
    Failure = "error" as Same,
    ServerShuttingDown = "server_shutting_down" as Broadcast,
    HeartbeatResponse = "heartbeat_response",
    TokenRefreshed = "token_refreshed",
    Subscribed = "subscribed",
    Unsubscribed = "unsubscribed",
    Resumed = "resumed",
    SessionSnapshot = "session_snapshot",
    QueryAccepted = "query_accepted",
    ProgressUpdate = "progress_update",
    PartialResult = "partial_result",
    QueryResult = "query_result",
    QueryCancelled = "query_cancelled",
    ChatReply = "chat_reply",
    TerminalError = "error",
    CommandResult = "command_result",
    DatabaseContextChanged = "database_context_changed",
}

/// First message on every connection.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the fields are the protocol's own words")]
pub struct ConnectionEstablished {
    pub client_id: ClientId,
    pub session_id: SessionId,
    pub server_id: String,
    /// `1.0`.
    pub protocol_version: &'static str,
    pub dialect: Dialect,
    pub timers: AnnouncedTimers,
    pub limits: AnnouncedLimits,
    /// What a client may announce in its handshake, such as `msgpack` and `batch`.
    pub capabilities: &'static [&'static str],
    pub epoch: Epoch,
    /// Offset of the session's newest event, 0 before the first.
    pub top: u64,
}

/// Timers a client must know, milliseconds.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the fields are the protocol's own words")]
pub struct AnnouncedTimers {
    pub ping_interval_ms: u64,
    pub pong_timeout_ms: u64,
    pub idle_timeout_ms: u64,
    pub handshake_timeout_ms: u64,
    pub drain_timeout_ms: u64,
    pub session_ttl_ms: u64,
}

/// Limits a client must know.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the fields are the protocol's own words")]
pub struct AnnouncedLimits {
    pub max_message_bytes: usize,
    pub rate_limit: AnnouncedRate,
    pub max_connections_per_session: usize,
}

/// A rate limit.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the fields are the protocol's own words")]
pub struct AnnouncedRate {
    pub limit: u32,
    /// A duration such as `1m` or `3s`.
    pub window: String,
}

/// Answer to a handshake.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the fields are the protocol's own words")]
pub struct ConnectionAcknowledged {
    pub agent_id: Option<String>,
    /// `backend_` and the user's id.
    pub server_agent_id: String,
    /// `query_processing`, `database_management`, `real_time_updates`, `heartbeat`; there may be more.
    pub server_capabilities: &'static [&'static str],
    pub session_established: bool,
    pub session_id: SessionId,
    pub epoch: Epoch,
    pub top: u64,
    /// What was selected before, in this session or by its user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovered_database_context: Option<UsedContext>,
}

/// Answer to `ping`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Pong {}

/// Answer to `heartbeat`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the fields are the protocol's own words")]
pub struct HeartbeatResponse {
    /// Null when the client gave none; one that it gave is among the ids.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Id>")]
    pub correlation_id: Option<()>,
    pub server_status: ServerStatus,
    /// `backend_` and the user's id.
    pub connection_id: String,
    /// That of `connection_established`.
    pub client_id: ClientId,
    pub metrics: HeartbeatMetrics,
    pub top: u64,
}

/// Figures of a heartbeat.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the fields are the protocol's own words")]
pub struct HeartbeatMetrics {
    /// The current instant, despite its name.
    pub uptime: WireTime,
    pub uptime_seconds: u64,
    pub started_at: WireTime,
    pub active_connections: usize,
}

/// How the server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are the protocol's own words")]
pub enum ServerStatus {
    Healthy,
    Degraded,
    Draining,
}

/// Answer to `token_refresh`; without authentication nothing expires.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the fields are the protocol's own words")]
pub struct TokenRefreshed {
    pub expires_at: Option<WireTime>,
}

/// What a subscription came to.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Subscription {
    /// The known names of this request.
    pub events: Vec<EventName>,
    /// The unknown ones.
    pub rejected: Vec<String>,
    /// All that is subscribed now.
    pub active: Vec<EventName>,
}

/// Answer to `subscribe`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Subscribed(pub Subscription);

/// Answer to `unsubscribe`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Unsubscribed(pub Subscription);

/// Answer to a resume.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the fields are the protocol's own words")]
pub struct Resumed {
    pub recovered: bool,
    pub epoch: Epoch,
    /// The offset after the one asked with; null where nothing is replayed.
    pub from: Option<u64>,
    /// The last offset that is replayed; null like `from`.
    pub to: Option<u64>,
    pub top: u64,
    pub reason: ResumeReason,
}

/// How a resume was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ResumeReason {
    /// Nothing was missed, or all of it was still held.
    Ok,
    /// Another life of the session, or a session never known.
    EpochMismatch,
    /// The offset has not been given yet.
    FutureOffset,
    /// Pushed out by the number of events.
    TooMany,
    /// Pushed out by age.
    Expired,
    /// Pushed out by size.
    Trimmed,
}

/// What a client that could not be brought up to date needs to know.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the fields are the protocol's own words")]
pub struct SessionSnapshot {
    pub running: Vec<TransactionBrief>,
    pub finished: Vec<TransactionBrief>,
}

/// One transaction in a snapshot.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the fields are the protocol's own words")]
pub struct TransactionBrief {
    pub transaction_id: TransactionId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query_id: Option<Id>,
    pub status: RunStatus,
    pub percent: u8,
}

/// State of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are the protocol's own words")]
pub enum RunStatus {
    Queued,
    Running,
    Paused,
    Retrying,
    Completed,
    Failed,
    Cancelled,
}

impl RunStatus {
    /// Whether nothing more will happen.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

/// First answer to a query.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the fields are the protocol's own words")]
pub struct QueryAccepted {
    pub transaction_id: TransactionId,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// Only where it has to wait.
    pub queue_position: Option<usize>,
    /// This `query_id` was asked before: the transaction is that one, and this message is no event of the session.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub duplicate: bool,
}

/// How far a query is.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the fields are the protocol's own words")]
pub struct ProgressUpdate {
    pub transaction_id: TransactionId,
    pub current_agent: String,
    /// By agent; the first of `nlp`, `data` and `viz` are `Processing NLP...`, `Executing SQL...` and `Generating Viz...`.
    pub current_tasks: IndexMap<String, Vec<String>>,
    /// Those that no update has told yet.
    pub progress_events: Vec<ProgressEvent>,
    pub execution_order: Vec<StageState>,
    pub percent: u8,
    pub eta_ms: Option<u64>,
}

/// One thing that an agent did, as the agent says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the fields are the protocol's own words")]
pub struct ProgressEvent {
    pub event_id: String,
    pub agent: String,
    /// `agent_started`, `task_started`, `task_completed`, `agent_completed`, `warning` or `error`.
    pub event_type: String,
    pub message: String,
    pub timestamp: String,
}

/// One stage in the order of execution.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the fields are the protocol's own words")]
pub struct StageState {
    pub agent: String,
    pub status: StageStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<WireTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<WireTime>,
}

/// State of a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are the protocol's own words")]
pub enum StageStatus {
    Pending,
    Running,
    Completed,
    Failed,
    Skipped,
}

/// Name and type of a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Column {
    /// Name.
    pub name: String,
    /// Type: `integer`, `money_cents`, `real`, `text` or `date`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// Rows as they come.
#[derive(Debug, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the fields are the protocol's own words")]
pub struct PartialResult {
    pub transaction_id: TransactionId,
    /// 0, 1, 2 and so on.
    pub sequence: u64,
    /// On the first part only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<Column>>,
    #[schemars(with = "Vec<Vec<serde_json::Value>>")]
    pub rows: Vec<Box<RawValue>>,
}

/// The answer.
#[derive(Debug, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the fields are the protocol's own words")]
pub struct QueryResult {
    pub transaction_id: TransactionId,
    pub status: RunStatus,
    pub sql: String,
    pub columns: Vec<Column>,
    /// None where they came as `partial_result`.
    #[schemars(with = "Vec<Vec<serde_json::Value>>")]
    pub rows: Vec<Box<RawValue>>,
    /// Of all parts.
    pub row_count: u64,
    pub truncated: bool,
    #[schemars(with = "crate::agents::viz::Visualization")]
    pub visualization: Box<RawValue>,
    /// One entry a stage, and `sql`.
    pub timings_ms: IndexMap<String, f64>,
    pub database_context: UsedContext,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub translator: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "serde_json::Value")]
    pub report: Option<Box<RawValue>>,
    /// Those that no update has told: the last one was too short ago.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub progress_events: Vec<ProgressEvent>,
}

/// The answer of a chat: in words, and what a query's answer has.
#[derive(Debug, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the fields are the protocol's own words")]
pub struct ChatReply {
    pub message: String,
    #[serde(flatten)]
    pub result: QueryResult,
}

/// The database that was asked, and why that one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the fields are the protocol's own words")]
pub struct UsedContext {
    pub database: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tables: Option<Vec<String>>,
    pub source: ContextSource,
}

/// Another database was selected.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the fields are the protocol's own words")]
pub struct DatabaseContextChanged {
    pub database_context: UsedContext,
    pub expires_at: WireTime,
}

/// Where a database context came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are the protocol's own words")]
pub enum ContextSource {
    Message,
    Session,
    User,
    Default,
}

impl ContextSource {
    /// As it is spelt.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Session => "session",
            Self::User => "user",
            Self::Default => "default",
        }
    }
}

/// Terminal message of a cancelled query.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the fields are the protocol's own words")]
pub struct QueryCancelled {
    pub transaction_id: TransactionId,
    pub status: RunStatus,
}

/// Terminal message of a failed query.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the fields are the protocol's own words")]
pub struct TerminalError {
    pub transaction_id: TransactionId,
    #[serde(flatten)]
    pub failure: Failure,
    /// Those that no update has told: the last one was too short ago.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub progress_events: Vec<ProgressEvent>,
}

/// Answer to a command.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the fields are the protocol's own words")]
pub struct CommandResult {
    pub action: Action,
    pub transaction_id: TransactionId,
    /// The state that follows; of a finished query its final one.
    pub status: RunStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_transaction_id: Option<TransactionId>,
}

/// The server is going away.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the fields are the protocol's own words")]
pub struct ServerShuttingDown {
    pub drain_ms: u64,
    pub reconnect_after_ms: u64,
}
