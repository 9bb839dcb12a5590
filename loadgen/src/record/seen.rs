//! What a proxy sees, in the order in which it sees it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Most things that are kept: a recording is made of one user's work, not of a day.
const MOST: usize = 100_000;

/// One thing that passed.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Time since the proxy began.
    pub at: Duration,
    /// Number of the client's connection, from 0.
    pub line: usize,
    /// What.
    pub what: What,
}

/// What passed.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// A request, whole.
    Request {
        /// Method.
        method: String,
        /// Path with its parameters.
        path: String,
        /// Headers as they were sent.
        headers: Vec<(String, String)>,
        /// Body.
        body: Vec<u8>,
    },
    /// Its answer, whole; of an event stream only the head.
    Response {
        /// Status.
        status: u16,
        /// Headers as they came.
        headers: Vec<(String, String)>,
        /// Body, `None` where it is compressed or a stream.
        body: Option<Vec<u8>>,
        /// It is a stream of events.
        is_stream: bool,
    },
    /// An answer with status 101: messages from here on.
    Upgraded,
    /// A message of the client.
    Sent(Payload),
    /// A message of the server, or an event.
    Heard {
        /// Name of the event, on a stream.
        event: Option<String>,
        /// The message.
        payload: Payload,
    },
    /// A close frame, and whose it was.
    Closed {
        /// The client's.
        by_client: bool,
        /// Its code; 1005 without one.
        code: u16,
    },
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// Text.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
}

impl Payload {
    /// Its JSON, where it is any.
    pub fn json(&self) -> Option<serde_json::Value> {
        match self {
            Self::Text(text) => serde_json::from_str(text).ok(),
            Self::Binary(_) => None,
        }
    }
}

/// Where all connections of a proxy write down what they see.
#[derive(Debug)]
pub(super) struct Log {
    begun: Instant,
    seen: Mutex<Vec<Seen>>,
}

impl Log {
    pub(super) fn new() -> Self {
        Self { begun: Instant::now(), seen: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn put(&self, line: usize, what: What) {
        let mut seen = self.lock();
        if seen.len() < MOST {
            seen.push(Seen { at: self.begun.elapsed(), line, what });
        }
    }

    pub(super) fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut *self.lock())
    }
}
