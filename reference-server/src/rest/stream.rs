//! Event streams: a session's events as server-sent events, for clients that can't hold a socket.
//!
//! A stream is a client of its session like a socket: bounded, and ended when its reader is too slow. A task
//! watches each one, because a reader that takes nothing never lets its body be asked for more.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use futures_util::task::AtomicWaker;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Response};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use serde::Deserialize;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, Sleep, sleep, sleep_until};

use super::call::Call;
use crate::backend::Backend;
use crate::connection::Presence;
use crate::doors::Body;
use crate::observe::Metrics;
use crate::sessions::{Client, Phase, Session};
use crate::wire::Dialect;
use crate::wire::encode::Audience;
use crate::wire::error::{CloseCause, Failure};
use crate::wire::forms::Forms;
use crate::wire::identity::ClientId;

/// First bytes of a stream: they bring the head of the answer on its way, and tell an event source how soon it
/// may come back.
const OPENING: &[u8] = b"retry: 1000\n\n";

const KEEP_ALIVE: &[u8] = b": keep-alive\n\n";

/// Bounds of what may wait for a slow reader.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    messages: usize,
    bytes: usize,
}

/// What waits for the reader of a stream.
pub(super) struct EventQueue {
    client_id: ClientId,
    bounds: Bounds,
    state: Mutex<State>,
    reader: AtomicWaker,
    ended: Notify,
    metrics: Arc<Metrics>,
}

#[derive(Debug)]
struct State {
    waiting: VecDeque<Waiting>,
    /// Messages and bytes that count against the bounds.
    messages: usize,
    bytes: usize,
    /// Since when the reader has taken nothing though something waits.
    stalled_since: Option<Instant>,
    end: Option<CloseCause>,
}

#[derive(Debug)]
struct Waiting {
    text: Bytes,
    counts: bool,
}

impl EventQueue {
    fn new(backend: &Backend) -> Self {
        let limits = &backend.config.limits;
        let waiting = VecDeque::from([Waiting { text: Bytes::from_static(OPENING), counts: false }]);
        let state = State { waiting, messages: 0, bytes: 0, stalled_since: Some(Instant::now()), end: None };
        Self {
            client_id: ClientId::random(),
            bounds: Bounds { messages: limits.queue_messages, bytes: limits.queue_bytes },
            state: Mutex::new(state),
            reader: AtomicWaker::new(),
            ended: Notify::new(),
            metrics: Arc::clone(&backend.metrics),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, text: &[u8], counts: bool) {
        let event = event(text);
        let mut state = self.lock();
        if state.end.is_some() {
            self.metrics.messages_failed.increment();
            return;
        }
        let over = state.messages >= self.bounds.messages
            || (state.messages > 0 && state.bytes + event.len() > self.bounds.bytes);
        if counts && over {
            drop(state);
            self.metrics.messages_failed.increment();
            self.close(CloseCause::SlowConsumer);
            return;
        }
        self.metrics.messages_sent.increment();
        if counts {
            state.messages += 1;
            state.bytes += event.len();
        }
        state.stalled_since.get_or_insert_with(Instant::now);
        state.waiting.push_back(Waiting { text: event, counts });
        drop(state);
        self.reader.wake();
    }

    fn end(&self) -> Option<CloseCause> {
        self.lock().end
    }

    /// Waits for the end; whoever is too slow for `patience` is ended here.
    async fn ended(&self, patience: Duration) {
        loop {
            let woken = self.ended.notified();
            let stalled = {
                let state = self.lock();
                if state.end.is_some() {
                    return;
                }
                state.stalled_since
            };
            let now = Instant::now();
            let due = stalled.unwrap_or(now) + patience;
            if due <= now {
                self.close(CloseCause::SlowConsumer);
                return;
            }
            tokio::select! {
                () = woken => {}
                () = sleep_until(due) => {}
            }
        }
    }
}

impl Client for EventQueue {
    fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    fn dialect(&self) -> Dialect {
        Dialect::Named
    }

    fn deliver(&self, forms: &Forms<'_>, audience: Audience) {
        self.take(&forms.text(Dialect::Named, audience), true);
    }

    fn replay(&self, forms: &Forms<'_>, audience: Audience) {
        self.take(&forms.text(Dialect::Named, audience), false);
    }

    fn close(&self, cause: CloseCause) {
        let mut state = self.lock();
        if state.end.is_none() {
            state.end = Some(cause);
            if cause == CloseCause::SlowConsumer {
                state.waiting = VecDeque::new();
            }
            drop(state);
            self.reader.wake();
            self.ended.notify_one();
        }
    }
}

/// A stream that is not yet answered with.
pub(super) struct EventStream {
    pub(super) queue: Arc<EventQueue>,
    pub(super) client: Arc<dyn Client>,
    presence: Presence,
}

impl EventStream {
    /// A stream without events. One that is `superseding` takes the place of a connection that is still there.
    ///
    /// # Errors
    /// `SERVER_FULL`, `TOO_MANY_CONNECTIONS`.
    pub(super) fn open(call: &Call, superseding: bool) -> Result<Self, Failure> {
        let backend = &call.backend;
        let queue = Arc::new(EventQueue::new(backend));
        let client: Arc<dyn Client> = Arc::clone(&queue) as Arc<dyn Client>;
        let presence =
            backend.links.enter_stream(&client, &call.guest(superseding), &backend.config.limits)?;
        Ok(Self { queue, client, presence })
    }

    /// The answer. The stream is a member of `session` and leaves it at its end, which is also the end of the
    /// query behind `phase`, if there is one.
    pub(super) fn answer(
        self,
        backend: &Backend,
        session: Arc<Session>,
        phase: Option<watch::Receiver<Phase>>,
    ) -> Response<Body> {
        let Self { queue, presence, .. } = self;
        let reading = Reading {
            queue: Arc::clone(&queue),
            keep_alive: Box::pin(sleep(backend.config.http.stream_keep_alive)),
            interval: backend.config.http.stream_keep_alive,
        };
        let patience = backend.config.timers.write_timeout;
        tokio::spawn(async move {
            let finished = async {
                match phase {
                    Some(mut phase) => {
                        let _ = phase.wait_for(|phase| matches!(phase, Phase::Finished(_))).await;
                    }
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = queue.ended(patience) => {}
                // The terminal message was delivered before the phase said so.
                () = finished => queue.close(CloseCause::Normal),
            }
            session.leave(queue.client_id());
            drop(presence);
        });
        let mut answer = Response::new(StreamBody::new(reading).boxed_unsync());
        let headers = answer.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        // Proxies of the nginx family hold an answer back until it is whole unless told not to.
        headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
        answer
    }
}

/// The reader's side.
struct Reading {
    queue: Arc<EventQueue>,
    keep_alive: Pin<Box<Sleep>>,
    interval: Duration,
}

/// The reader of a stream was too slow; it sees the stream break off and may resume.
#[derive(Debug, thiserror::Error)]
#[error("slow consumer")]
struct SlowReader;

type Piece = Result<Frame<Bytes>, Box<dyn std::error::Error + Send + Sync>>;

impl Stream for Reading {
    type Item = Piece;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Piece>> {
        self.queue.reader.register(cx.waker());
        {
            let mut state = self.queue.lock();
            if let Some(Waiting { text, counts }) = state.waiting.pop_front() {
                if counts {
                    state.messages -= 1;
                    state.bytes -= text.len();
                }
                state.stalled_since = (!state.waiting.is_empty()).then(Instant::now);
                drop(state);
                let next = Instant::now() + self.interval;
                self.keep_alive.as_mut().reset(next);
                return Poll::Ready(Some(Ok(Frame::data(text))));
            }
        }
        match self.queue.end() {
            Some(CloseCause::SlowConsumer) => return Poll::Ready(Some(Err(Box::new(SlowReader)))),
            Some(_) => return Poll::Ready(None),
            None => {}
        }
        if self.keep_alive.as_mut().poll(cx).is_ready() {
            let next = Instant::now() + self.interval;
            self.keep_alive.as_mut().reset(next);
            return Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(KEEP_ALIVE)))));
        }
        Poll::Pending
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.queue.close(CloseCause::Normal);
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(default)]
    epoch: Option<&'a str>,
    #[serde(default)]
    offset: Option<u64>,
}

/// A message as one server-sent event: its id, where it has a place in the order, its name, its text.
pub(super) fn event(text: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(text.len() + 64);
    if let Ok(Envelope { kind, epoch, offset }) = serde_json::from_slice(text) {
        if let (Some(epoch), Some(offset)) = (epoch, offset) {
            out.extend_from_slice(format!("id: {epoch}:{offset}\n").as_bytes());
        }
        out.extend_from_slice(format!("event: {kind}\n").as_bytes());
    }
    // Line ends inside JSON are blanks between its tokens; each begins a new data line.
    for line in text.split(|byte| matches!(byte, b'\n' | b'\r')) {
        out.extend_from_slice(b"data: ");
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    out.push(b'\n');
    Bytes::from(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_has_its_place_its_name_and_its_text() {
        let text = br#"{"type":"query_accepted","id":"id","epoch":"abc","offset":3}"#;
        let expected =
            format!("id: abc:3\nevent: query_accepted\ndata: {}\n\n", std::str::from_utf8(text).unwrap());
        assert_eq!(event(text), expected);
        let text = b"{\"type\":\"resumed\",\r\n\"top\":1}";
        assert_eq!(event(text), "event: resumed\ndata: {\"type\":\"resumed\",\ndata: \ndata: \"top\":1}\n\n");
    }
}
