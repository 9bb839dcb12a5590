//! The client of the MCP server: one WebSocket for all calls of a process, HTTP when that fails.
//!
//! Two breakers of the one type: one over calls as a whole, one over the WebSocket alone. While the WebSocket's
//! is open, calls go over HTTP at once; its probe is what brings them back. Everything the tools do only reads,
//! so a call whose connection broke may be sent again, unless rows of it have been handed on already.
//!
//! Every connection is subscribed to changes, which is what lets `schemas` be answered from memory.

mod error;
mod fallback;
mod follow;
mod many;
mod reply;
mod schemas;
mod socket;
mod statistics;

use std::fmt::Write as _;
use std::sync::{Arc, Once};
use std::time::Duration;

use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::{Mutex, mpsc};

pub use error::McpError;
pub use schemas::{News, Schema, SchemaColumn, SchemaReference, SchemaTable};
pub use statistics::{Statistics, ToolStatistics};

use super::message::{AgentConnected, Call};
use super::{Endpoint, LinkTimers};
use crate::breaker::Breaker;
use crate::config::Config;
use crate::database::{Dialect, ResultColumn, Row};
use crate::listener::TierError;
use crate::observe::Metrics;
use error::Trouble;
use fallback::Fallback;
use schemas::{Follower, Schemas};
use socket::Socket;
use statistics::{Recorder, Transport};

/// A statement to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Database.
    pub database: String,
    /// One read-only statement.
    pub sql: String,
    /// Most rows; the server clamps it to its cap.
    pub max_rows: Option<u64>,
}

/// A piece of a streamed result.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Rows {
    /// The columns; on the first piece.
    #[serde(default)]
    pub columns: Option<Vec<ResultColumn>>,
    /// Some rows.
    pub rows: Vec<Row>,
}

/// How a statement ended.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Summary {
    /// The statement as it ran.
    pub sql: String,
    /// Columns.
    pub columns: Vec<ResultColumn>,
    /// Rows; empty when they were streamed.
    pub rows: Vec<Row>,
    /// How many rows there were.
    pub row_count: u64,
    /// Whether a cap cut the rest off.
    pub truncated: bool,
    /// Whether it is a result that was kept, for which no statement ran.
    #[serde(default)]
    pub cached: bool,
    /// Time of the statement when it ran, milliseconds.
    #[serde(default)]
    pub elapsed_ms: f64,
}

/// What the MCP server says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct McpHealth {
    /// `healthy` or `draining`.
    pub status: String,
    /// Its name.
    pub service: String,
    /// Whether it serves.
    pub mcp_server_running: bool,
    /// What it speaks.
    pub transports: Vec<String>,
    /// The database behind it.
    #[serde(default)]
    pub database: Option<McpDatabase>,
}

/// What the MCP server says of its database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct McpDatabase {
    /// `embedded`, `mysql` or `tidb`.
    #[serde(default)]
    pub kind: String,
    /// What it speaks.
    pub dialect: Dialect,
    /// Version of the engine.
    #[serde(default)]
    pub version: String,
    /// `healthy` or `unreachable`.
    #[serde(default)]
    pub status: String,
}

/// A client. Cheap to clone; clones share connection, breakers and statistics. Connects at the first call, and again
/// whenever the connection is lost.
#[derive(Debug, Clone)]
pub struct McpClient {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    endpoint: Endpoint,
    agent: AgentConnected,
    timeouts: Timeouts,
    breaker: Breaker,
    websocket: Breaker,
    socket: Mutex<Option<Arc<Socket>>>,
    fallback: Fallback,
    statistics: Arc<statistics::Book>,
    follower: Arc<Follower>,
    schemas: Schemas,
    /// Begins once, with the first connection or the first who follows changes.
    keeper: Once,
}

/// Times of a connection.
#[derive(Debug, Clone, Copy)]
struct Timeouts {
    /// Connect and handshake.
    open: Duration,
    /// One call.
    call: Duration,
    /// Silence after which a connection is taken for dead.
    silence: Duration,
    /// First and longest pause before a lost connection is opened again.
    pauses: (Duration, Duration),
}

impl McpClient {
    /// A client of the server at `endpoint`, introducing itself as an agent of `agent_type`.
    pub fn new(endpoint: Endpoint, agent_type: &str, config: &Config) -> Self {
        Self::metered(endpoint, agent_type, config, Arc::default())
    }

    /// The same, with its figures also in `metrics`.
    pub fn metered(endpoint: Endpoint, agent_type: &str, config: &Config, metrics: Arc<Metrics>) -> Self {
        let agent = AgentConnected {
            agent_id: agent_id(agent_type, &endpoint.websocket()),
            agent_type: agent_type.to_owned(),
            capabilities: vec!["streaming".to_owned()],
        };
        let link = LinkTimers::new(&config.timers);
        let timeouts = Timeouts {
            open: link.open,
            call: config.timers.request_timeout,
            silence: link.silence,
            pauses: (config.timers.mcp_backoff, config.timers.mcp_backoff_limit),
        };
        let inner = Inner {
            fallback: Fallback::new(&endpoint, timeouts.open),
            endpoint,
            agent,
            timeouts,
            breaker: Breaker::new(config.breaker.clone()),
            websocket: Breaker::new(config.breaker.clone()),
            socket: Mutex::new(None),
            statistics: Arc::new(statistics::Book::new(metrics)),
            follower: Arc::default(),
            schemas: Schemas::default(),
            keeper: Once::new(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Stable name of the agent: `{agent_type}_` and 8 hexadecimal digits.
    pub fn agent_id(&self) -> &str {
        &self.inner.agent.agent_id
    }

    /// Where the server is.
    pub fn endpoint(&self) -> &Endpoint {
        &self.inner.endpoint
    }

    /// The breaker over all calls.
    pub fn breaker(&self) -> &Breaker {
        &self.inner.breaker
    }

    /// The breaker over the WebSocket; while it is open, calls go over HTTP.
    pub fn websocket_breaker(&self) -> &Breaker {
        &self.inner.websocket
    }

    /// Figures of all calls so far.
    pub fn statistics(&self) -> Statistics {
        self.inner.statistics.snapshot()
    }

    /// Asks the server how it is; not counted by the breakers.
    ///
    /// # Errors
    /// It can't be reached, or answers something else.
    pub async fn health(&self) -> Result<McpHealth, McpError> {
        let asked = self.inner.fallback.health();
        match tokio::time::timeout(self.inner.timeouts.open, asked).await {
            Ok(health) => health.map_err(|trouble| self.error(trouble)),
            Err(_) => Err(McpError::Timeout { limit: self.inner.timeouts.open }),
        }
    }

    /// Calls a tool.
    ///
    /// # Errors
    /// The tool's own error, or why it could not be asked.
    pub async fn call(&self, tool: &str, arguments: Map<String, Value>) -> Result<Value, McpError> {
        self.exchange(Call::new(tool, arguments), None).await
    }

    /// Runs a statement; all rows are in the answer.
    ///
    /// # Errors
    /// As [`McpClient::call`].
    pub async fn execute(&self, statement: &Statement) -> Result<Summary, McpError> {
        let result = self.exchange(statement.call(false), None).await?;
        self.summary(result)
    }

    /// Runs a statement; rows go to `rows` as they come. Slow reading slows the statement down and nothing
    /// else. Dropping the future, or the receiver, stops the statement.
    ///
    /// # Errors
    /// As [`McpClient::call`]; after an error the rows handed on are not all there are.
    pub async fn execute_streamed(
        &self,
        statement: &Statement,
        rows: mpsc::Sender<Rows>,
    ) -> Result<Summary, McpError> {
        let result = self.exchange(statement.call(true), Some(rows)).await?;
        self.summary(result)
    }

    fn summary(&self, result: Value) -> Result<Summary, McpError> {
        serde_json::from_value(result)
            .map_err(|error| self.error(Trouble::Lost(format!("odd answer: {error}"))))
    }

    fn error(&self, trouble: Trouble) -> McpError {
        match trouble {
            Trouble::Tool(error) => McpError::Tool(error),
            Trouble::Lost(cause) | Trouble::LostInside(cause) => {
                McpError::Unreachable { endpoint: self.inner.endpoint.to_string(), cause }
            }
            Trouble::Abandoned => McpError::Abandoned,
        }
    }

    async fn exchange(&self, call: Call, rows: Option<mpsc::Sender<Rows>>) -> Result<Value, McpError> {
        let mut recorder = Recorder::new(&self.inner.statistics, &call.name);
        let permit = match self.inner.breaker.admit() {
            Ok(permit) => permit,
            Err(open) => {
                recorder.refused();
                return Err(McpError::CircuitOpen { retry_after: open.retry_after });
            }
        };
        let limit = self.inner.timeouts.call;
        let _states = self.inner.statistics.states(&self.inner.breaker, &self.inner.websocket);
        let attempt = self.attempt(&call, rows, &mut recorder);
        match tokio::time::timeout(limit, attempt).await {
            Err(_) => {
                permit.failure();
                recorder.timed_out();
                Err(McpError::Timeout { limit })
            }
            Ok(Ok(value)) => {
                permit.success();
                recorder.succeeded();
                Ok(value)
            }
            Ok(Err(Trouble::Tool(error))) => {
                // An answer that says no shows a server that is well, unless what it says is that it is not.
                if is_unwell(&error) {
                    permit.failure();
                } else {
                    permit.success();
                }
                recorder.failed();
                Err(McpError::Tool(error))
            }
            Ok(Err(Trouble::Abandoned)) => Err(McpError::Abandoned),
            Ok(Err(trouble)) => {
                permit.failure();
                recorder.unreachable();
                Err(self.error(trouble))
            }
        }
    }

    /// WebSocket first, then HTTP.
    async fn attempt(
        &self,
        call: &Call,
        rows: Option<mpsc::Sender<Rows>>,
        recorder: &mut Recorder,
    ) -> Result<Value, Trouble> {
        if let Ok(permit) = self.inner.websocket.admit() {
            recorder.over(Transport::WebSocket);
            match self.over_websocket(call, rows.clone()).await {
                Err(Trouble::Lost(cause)) => {
                    permit.failure();
                    tracing::debug!(%cause, "MCP WebSocket failed, falling back to HTTP");
                }
                Err(inside @ Trouble::LostInside(_)) => {
                    permit.failure();
                    return Err(inside);
                }
                answered => {
                    permit.success();
                    return answered;
                }
            }
        }
        recorder.over(Transport::Http);
        self.inner.fallback.call(call, rows).await
    }

    async fn over_websocket(&self, call: &Call, rows: Option<mpsc::Sender<Rows>>) -> Result<Value, Trouble> {
        let socket = self.socket().await?;
        socket.call(call, rows).await
    }

    /// The connection; opened if there is none that lives. Who comes meanwhile waits for the same one.
    async fn socket(&self) -> Result<Arc<Socket>, Trouble> {
        let mut held = self.inner.socket.lock().await;
        if let Some(socket) = held.as_ref().filter(|socket| socket.is_open()) {
            return Ok(Arc::clone(socket));
        }
        let Inner { endpoint, agent, timeouts, follower, .. } = &*self.inner;
        let opening = Socket::open(endpoint, agent, timeouts.silence, Arc::clone(follower));
        let opened = tokio::time::timeout(self.inner.timeouts.open, opening).await;
        let socket = Arc::new(opened.map_err(|_| Trouble::Lost("handshake took too long".to_owned()))??);
        self.inner.statistics.connected();
        *held = Some(Arc::clone(&socket));
        self.keep_connected();
        Ok(socket)
    }
}

impl Inner {
    /// Whether a connection lives, so that changes are heard of.
    fn connected(&self) -> bool {
        // Locked by somebody who is opening one: there is none.
        self.socket.try_lock().is_ok_and(|held| held.as_ref().is_some_and(|socket| socket.is_open()))
    }
}

impl Statement {
    fn call(&self, stream: bool) -> Call {
        let mut arguments = Map::new();
        arguments.insert("database".to_owned(), Value::from(self.database.as_str()));
        arguments.insert("query".to_owned(), Value::from(self.sql.as_str()));
        if let Some(max_rows) = self.max_rows {
            arguments.insert("max_rows".to_owned(), Value::from(max_rows));
        }
        arguments.insert("stream".to_owned(), Value::from(stream));
        Call::new("execute_query_tool", arguments)
    }
}

/// Whether an answer says that the server is not well. The database behind it has a breaker of its own there.
fn is_unwell(error: &TierError) -> bool {
    error.code == "INTERNAL"
}

/// `{agent_type}_{first 8 hex digits of md5(agent_type_server_url)}`: the same for all replicas of an agent.
fn agent_id(agent_type: &str, server_url: &str) -> String {
    let digest = Md5::digest(format!("{agent_type}_{server_url}"));
    digest.iter().take(4).fold(format!("{agent_type}_"), |mut id, byte| {
        // Writing to a String can't fail.
        let _ = write!(id, "{byte:02x}");
        id
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_agent_id_is_made_from_type_and_address() {
        // printf 'data_ws://127.0.0.1:8000/ws' | md5sum
        assert_eq!(agent_id("data", "ws://127.0.0.1:8000/ws").len(), "data_".len() + 8);
        assert_ne!(agent_id("data", "ws://127.0.0.1:8000/ws"), agent_id("data", "ws://127.0.0.1:8001/ws"));
    }
}
