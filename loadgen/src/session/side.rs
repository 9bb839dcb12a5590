//! One of the sockets of a session, across its reconnects.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;

use tokio::time::Instant;

use super::Ledger;
use crate::client::{Link, LinkError, Opened};

/// A socket on its way.
pub(super) type Opening = Pin<Box<dyn Future<Output = Result<Opened, LinkError>> + Send>>;

/// What it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Where questions are asked.
    Query,
    /// Where only progress is watched; numbered from 0.
    Progress(u32),
}

/// State of a socket.
pub(super) enum Socket {
    /// In use.
    Up(Link),
    /// On its way.
    Opening(Opening),
    /// Away until then.
    Down(Instant),
    /// Given up.
    Gone,
}

/// A heartbeat that has no answer yet.
pub(super) struct Beat {
    pub(super) id: u64,
    pub(super) due: Instant,
    pub(super) begun: Instant,
    /// A query of the session was running.
    pub(super) busy: bool,
}

/// A recovery that is going on.
#[derive(Clone, Copy)]
pub(super) struct Recovery {
    /// When the socket broke or was cut.
    pub(super) broken: Instant,
    /// When the first attempt was due.
    pub(super) due: Instant,
    /// When the first attempt really began.
    pub(super) begun: Option<Instant>,
}

/// One of the sockets of a session.
pub(super) struct Side {
    pub(super) kind: Kind,
    pub(super) socket: Socket,
    pub(super) ledger: Ledger,
    pub(super) recovery: Option<Box<Recovery>>,
    /// Attempts to come back since the last completed heartbeat.
    pub(super) attempts: u32,
    /// When the next heartbeat is due.
    pub(super) beat_due: Instant,
    pub(super) beats: VecDeque<Beat>,
    /// When the socket came up: what was due before could not be sent by anybody.
    pub(super) up_since: Instant,
    /// Newest offset that a heartbeat's answer told.
    pub(super) top: Option<u64>,
    /// How long a leaving server wants it to stay away, milliseconds.
    pub(super) away_ms: u32,
}

impl Side {
    pub(super) fn new(kind: Kind, opened: &Opened, now: Instant, first_beat: Instant) -> Self {
        Self {
            kind,
            socket: Socket::Gone,
            ledger: Ledger::open(&opened.epoch, opened.top),
            recovery: None,
            attempts: 0,
            beat_due: first_beat,
            beats: VecDeque::new(),
            up_since: now,
            top: None,
            away_ms: 0,
        }
    }

    pub(super) fn is_up(&self) -> bool {
        matches!(self.socket, Socket::Up(_))
    }
}
