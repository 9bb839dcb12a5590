//! The client as its user sees it: what can be done, and what is told.

use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::engine::Engine;
use crate::settings::Settings;

/// What a user does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Do {
    /// Asks a question.
    Ask {
        /// The text.
        query: String,
        /// Id of the question; else one is made.
        query_id: Option<String>,
        /// Database, the server's default when missing.
        database: Option<String>,
        /// Most rows.
        max_rows: Option<u64>,
    },
    /// Cancels, pauses, resumes or retries the last question.
    Command(String),
    /// Subscribes to events.
    Subscribe(Vec<String>),
    /// Has a new token.
    Refresh(String),
    /// Wants to know the databases.
    Databases,
    /// Selects a database for the session.
    Select(String),
    /// Leaves.
    Close,
}

/// State of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// There is none.
    Closed,
    /// It is on its way.
    Connecting,
    /// It is there.
    Open,
}

impl State {
    /// The state in one word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Connecting => "connecting",
            Self::Open => "open",
        }
    }
}

/// The way a result took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// The socket.
    WebSocket,
    /// The fallback.
    Http,
}

impl Via {
    /// The way in one word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WebSocket => "websocket",
            Self::Http => "http",
        }
    }
}

/// What a user is told.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The state of the connection changed.
    State(State),
    /// The handshake is done.
    Open {
        /// Session it belongs to.
        session_id: String,
    },
    /// A message for the user, each session event once.
    Message(Value),
    /// The answer to a question.
    Result {
        /// The `query_result` or `chat_reply`, its rows completed with those that came before.
        result: Value,
        /// The way it took.
        via: Via,
    },
    /// Something went wrong; the server's error where there is one.
    Error {
        /// Code.
        code: String,
        /// Message for a person.
        message: String,
        /// The whole message.
        body: Value,
    },
    /// The connection ended.
    Closed {
        /// Close code; 1006 without a close frame.
        code: u16,
        /// Reason.
        reason: String,
        /// Whether the client comes back by itself.
        retry: bool,
    },
    /// The client will come back.
    Retrying {
        /// Number of the attempt, from 1.
        attempt: u32,
        /// The wait before it.
        delay: std::time::Duration,
    },
    /// No more attempts: questions go by HTTP.
    GaveUp,
    /// The databases there are.
    Databases(Value),
    /// A database was selected.
    Selected(Value),
}

/// A running client. Dropping it cuts its connection.
#[derive(Debug)]
pub struct Client {
    actions: mpsc::UnboundedSender<Do>,
    events: mpsc::UnboundedReceiver<Event>,
    task: JoinHandle<()>,
}

impl Drop for Client {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Client {
    /// Starts a client, which connects at once.
    pub fn start(settings: Settings) -> Self {
        let (actions, taken) = mpsc::unbounded_channel();
        let (told, events) = mpsc::unbounded_channel();
        let task = tokio::spawn(Engine::new(settings, taken, told).run());
        Self { actions, events, task }
    }

    /// Does something for the user; at once, or as soon as there is a connection.
    pub fn act(&self, action: Do) {
        // A client that has left does nothing any more.
        let _ = self.actions.send(action);
    }

    /// What it has to tell next; `None` when it has left.
    pub async fn next(&mut self) -> Option<Event> {
        self.events.recv().await
    }
}
