//! The door for foreign protocol suites: what comes in goes out again, over the same engine as everywhere else.
//! It has no session, no messages of its own and no rate limit.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::engine::{Deflate, Incoming, Socket, encode_binary, encode_deflated, encode_text};
use super::link::Link;
use super::registry::Guest;
use crate::backend::Backend;
use crate::config::Config;
use crate::doors::Opening;
use crate::wire::error::CloseCause;

/// Echoes that may wait for the peer before no more is read.
const MOST_WAITING: usize = 16;

/// Suites hold frames back on purpose, or are busy with large ones: silence is not taken for death before this.
const LEAST_PATIENCE: Duration = Duration::from_secs(30);

/// Lives the whole life of an echoing connection.
pub(super) async fn echo(backend: Arc<Backend>, opening: Box<Opening>, mut socket: Box<Socket>) {
    let metrics = Arc::clone(&backend.metrics);
    let held = metrics.connections.hold();
    metrics.connections_opened.increment();
    let (outbox, config) = (Arc::clone(socket.outbox()), Arc::clone(&backend.config));
    let link = Arc::new(Link::new(&opening, outbox, Arc::clone(&config), Arc::clone(&metrics)));
    let guest = Guest { address: opening.address, user: None, superseding: false };
    let entered = backend.links.enter(&link, &guest, &config.limits).ok().zip(opening.profile.admit());
    let end = match &entered {
        Some(_) => Echo { config, link, deflate: opening.deflate }.run(&mut socket).await,
        None => Some(CloseCause::ServerFull.parts()),
    };
    match end {
        Some((code, reason)) => {
            metrics.closed(Some(code));
            socket.close(code, reason).await;
        }
        None => metrics.closed(None),
    }
    drop((entered, held));
}

struct Echo {
    config: Arc<Config>,
    link: Arc<Link>,
    deflate: Option<Deflate>,
}

impl Echo {
    /// Gives how to close, or `None` when it is over.
    async fn run(&self, socket: &mut Socket) -> Option<(u16, &'static str)> {
        let timers = &self.config.timers;
        let patience = timers.pong_timeout.max(LEAST_PATIENCE);
        let mut ping_due = Instant::now() + timers.ping_interval;
        let mut ended = std::pin::pin!(self.link.ended());
        loop {
            let silent_at = socket.last_frame_at() + patience;
            tokio::select! {
                biased;
                cause = &mut ended => return Some(cause.parts()),
                incoming = socket.next() => match incoming {
                    Incoming::Text(text) => self.answer(socket, &encode_text(text.as_bytes())).await,
                    Incoming::Binary(bytes) => self.answer(socket, &encode_binary(&bytes)).await,
                    Incoming::Ping | Incoming::Pong { .. } => {}
                    Incoming::Violation { code, reason } => return Some((code, reason)),
                    Incoming::SlowConsumer => return Some(CloseCause::SlowConsumer.parts()),
                    Incoming::Closed { .. } | Incoming::Gone => return None,
                },
                () = sleep_until(ping_due.min(silent_at)) => {
                    if Instant::now() >= silent_at {
                        return Some(CloseCause::HeartbeatTimeout.parts());
                    }
                    socket.ping();
                    ping_due = Instant::now() + timers.ping_interval;
                }
            }
        }
    }

    /// Sends one echo. Nothing more is read while too many wait: a suite may send without reading for a while.
    async fn answer(&self, socket: &mut Socket, frame: &bytes::Bytes) {
        let long = frame.len() >= self.config.wire.deflate_min_bytes;
        let deflate = self.deflate.filter(|_| long);
        let deflated = deflate.and_then(|deflate| encode_deflated(frame, deflate.server_window_bits));
        // one that is not taken shows at the next read
        let _ = socket.outbox().send(deflated.as_ref().unwrap_or(frame));
        if socket.outbox().queued() >= MOST_WAITING {
            socket.flushed().await;
        }
    }
}
