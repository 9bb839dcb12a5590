//! What has passed a post, and how the post behaves.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::peer::Transcript;

/// How a post behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Manner {
    /// Everything passes.
    #[default]
    Open,
    /// Upgrades are answered 503; what goes by plain HTTP passes.
    RefusesSockets,
    /// A WebSocket is cut at its next message, and each new one at its first; what goes by plain HTTP passes.
    CutsSockets,
    /// Every request is answered 503, and WebSockets are cut.
    RefusesAll,
}

/// Something that came to a post.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum What {
    /// A request; its body, if that is JSON, else null.
    Asked { upgrade: bool, body: Value },
    /// A JSON message of the tier that connects.
    Said(Value),
    /// A JSON message of the tier that is connected to.
    Answered(Value),
    /// A pong of the tier that connects, with its payload.
    Ponged(Vec<u8>),
}

/// What passed, or was refused.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Passed {
    pub(crate) at: Instant,
    /// Number of its connection.
    pub(crate) connection: u64,
    pub(crate) what: What,
}

/// What a post keeps, for all its connections.
#[derive(Debug)]
pub(super) struct Book {
    kept: Mutex<Kept>,
    /// How much has passed.
    count: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct Kept {
    passed: Vec<Passed>,
    manner: Manner,
    ping: Option<Vec<u8>>,
    connections: u64,
    transcript: Transcript,
}

impl Default for Book {
    fn default() -> Self {
        Self { kept: Mutex::default(), count: watch::Sender::new(0) }
    }
}

impl Book {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of a new connection.
    pub(super) fn connection(&self) -> u64 {
        let mut kept = self.kept();
        kept.connections += 1;
        kept.connections
    }

    pub(super) fn add(&self, connection: u64, what: What) {
        let mut kept = self.kept();
        kept.passed.push(Passed { at: Instant::now(), connection, what });
        let count = kept.passed.len();
        drop(kept);
        self.count.send_replace(count);
    }

    /// What has passed behind the first `mark`.
    pub(super) fn since(&self, mark: usize) -> Vec<Passed> {
        self.kept().passed.get(mark..).unwrap_or_default().to_vec()
    }

    /// Told of everything that passes.
    pub(super) fn count(&self) -> watch::Receiver<usize> {
        self.count.subscribe()
    }

    pub(super) fn manner(&self) -> Manner {
        self.kept().manner
    }

    pub(super) fn set_manner(&self, manner: Manner) {
        self.kept().manner = manner;
    }

    /// The payload of a ping that is to be sent, once.
    pub(super) fn take_ping(&self) -> Option<Vec<u8>> {
        self.kept().ping.take()
    }

    pub(super) fn set_ping(&self, payload: &[u8]) {
        self.kept().ping = Some(payload.to_vec());
    }

    pub(super) fn transcript(&self) -> Transcript {
        self.kept().transcript.clone()
    }

    /// What passes is written into `transcript` from now on.
    pub(super) fn record(&self, transcript: &Transcript) {
        self.kept().transcript = transcript.clone();
    }
}
