//! The receiving half of a connection, owned by its task.

use std::cell::RefCell;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until, timeout};

use super::decoder::{Decoder, Event, MessageLimits, Violation};
use super::deflate::Deflate;
use super::lanes::State;
use super::outbox::{Outbox, QueueLimits};
use super::stream::Stream;
use super::transport::Transport;
use super::{Farewell, Incoming, encode};

/// Bytes one read may bring.
const READ_BUFFER: usize = 16 * 1024;

thread_local! {
    /// Shared by all connections of a thread: a connection holds bytes of its own only while something is
    /// incomplete or waits to be taken.
    static BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_BUFFER].into_boxed_slice());
}

/// Limits and times of one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SocketOptions {
    /// What the client may send.
    pub message: MessageLimits,
    /// What was agreed about compression.
    pub deflate: Option<Deflate>,
    /// What may wait for the client.
    pub queue: QueueLimits,
    /// How long a write may be blocked.
    pub write_timeout: Duration,
    /// How long the peer may take to answer our close frame.
    pub close_timeout: Duration,
}

impl SocketOptions {
    /// As configured.
    pub fn new(limits: &crate::config::Limits, timers: &crate::config::Timers) -> Self {
        Self {
            message: MessageLimits { bytes: limits.max_message_bytes, fragments: limits.max_fragments },
            deflate: None,
            queue: QueueLimits { messages: limits.queue_messages, bytes: limits.queue_bytes },
            write_timeout: timers.write_timeout,
            close_timeout: timers.close_timeout,
        }
    }
}

/// One WebSocket connection, server side, after the upgrade.
///
/// Dropped without [`close`](Self::close), as in a panic, it says 1011 if it can and ends the stream.
pub struct Socket<T: Transport = Stream> {
    outbox: Arc<Outbox<T>>,
    decoder: Decoder,
    /// Bytes read and not decoded yet, from `pending_at` on.
    pending: Vec<u8>,
    pending_at: usize,
    input: Input,
    last_frame_at: Instant,
    pings_sent: u64,
    pings_answered: u64,
    write_timeout: Duration,
    close_timeout: Duration,
    /// Only while a write is blocked.
    blocked: Option<Pin<Box<Sleep>>>,
    /// The peer's close frame, until our echo is written.
    farewell: Option<Incoming>,
}

/// What can still be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Input {
    Open,
    /// The peer's close frame came.
    Closed,
    /// The peer broke the protocol: bytes have no meaning any more.
    Broken,
    /// The stream ended.
    Ended,
}

impl<T: Transport> Socket<T> {
    /// Takes over an upgraded stream and the bytes that were read with the upgrade request.
    pub fn new(transport: T, leftover: &[u8], options: &SocketOptions) -> Self {
        Self {
            outbox: Arc::new(Outbox::new(transport, options.queue)),
            decoder: Decoder::new(options.message, options.deflate),
            pending: leftover.to_vec(),
            pending_at: 0,
            input: Input::Open,
            last_frame_at: Instant::now(),
            pings_sent: 0,
            pings_answered: 0,
            write_timeout: options.write_timeout,
            close_timeout: options.close_timeout,
            blocked: None,
            farewell: None,
        }
    }

    /// The sending half, to share with publishers.
    pub fn outbox(&self) -> &Arc<Outbox<T>> {
        &self.outbox
    }

    /// When a frame from the peer last began or ended.
    pub fn last_frame_at(&self) -> Instant {
        self.last_frame_at
    }

    /// Sends a ping. Its pong comes as [`Incoming::Pong`] with `solicited`.
    pub fn ping(&mut self) {
        self.pings_sent += 1;
        self.outbox.ping(encode::ping(&self.pings_sent.to_be_bytes()));
    }

    /// Waits for the next thing to come in, and writes what waits meanwhile. Cancel-safe.
    ///
    /// After [`Incoming::Closed`] and [`Incoming::Gone`] the connection is over: drop it. After
    /// [`Incoming::Violation`] and [`Incoming::SlowConsumer`] it is for the caller to [`close`](Self::close).
    pub async fn next(&mut self) -> Incoming {
        std::future::poll_fn(|cx| self.poll_next(cx)).await
    }

    /// Waits until nothing is queued any more, or can be written. Nothing is read meanwhile.
    pub async fn flushed(&mut self) {
        std::future::poll_fn(|cx| {
            if self.poll_blocked(cx).is_ready() || !self.outbox.waits() {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }

    /// Closes: writes what is queued, then the close frame, each within the write timeout; then waits for the
    /// peer's close frame, at most the close timeout.
    pub async fn close(mut self, code: u16, reason: &str) -> Farewell {
        if self.outbox.state() == State::Gone {
            return Farewell::Undelivered;
        }
        self.outbox.close(encode::close(Some(code), reason));
        let written = timeout(self.write_timeout, std::future::poll_fn(|cx| self.poll_farewell(cx))).await;
        if written.is_err() || self.outbox.state() == State::Gone {
            return Farewell::Undelivered;
        }
        if self.input == Input::Broken {
            // the peer sees the end after our close frame; what it still sends is read away, because closing
            // with unread bytes would reset the connection and destroy the close frame
            self.outbox.transport().shutdown_write();
        }
        let _ = timeout(self.close_timeout, std::future::poll_fn(|cx| self.poll_discard(cx))).await;
        if self.input == Input::Closed { Farewell::Clean } else { Farewell::Unanswered }
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Incoming> {
        let blocked = self.poll_blocked(cx).is_ready();
        if self.farewell.is_some() {
            return self.poll_echo(blocked);
        }
        let state = self.outbox.state();
        if blocked || state == State::Slow {
            return Poll::Ready(Incoming::SlowConsumer);
        }
        match self.poll_event(cx) {
            Poll::Ready(Step::Event(event)) => self.poll_incoming(event, cx),
            Poll::Ready(Step::Violation(Violation { code, reason })) => {
                Poll::Ready(Incoming::Violation { code, reason })
            }
            Poll::Ready(Step::Ended) => {
                self.outbox.gone();
                Poll::Ready(Incoming::Gone)
            }
            // a write failed; what the peer had sent before has been read
            Poll::Pending if state == State::Gone => Poll::Ready(Incoming::Gone),
            Poll::Pending => Poll::Pending,
        }
    }

    /// Ready when the echo of the peer's close frame is written, or can't be.
    fn poll_echo(&mut self, blocked: bool) -> Poll<Incoming> {
        if !blocked && self.outbox.waits() {
            return Poll::Pending;
        }
        Poll::Ready(self.farewell.take().unwrap_or(Incoming::Gone))
    }

    /// Ready when a write has been blocked too long. Writes what waits, and sees to be woken for it.
    fn poll_blocked(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.outbox.poll_flush(cx).is_ready() {
            self.blocked = None;
            return Poll::Pending;
        }
        let Some(since) = self.outbox.blocked_since() else { return Poll::Pending };
        let deadline = since + self.write_timeout;
        let timer = self.blocked.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if timer.deadline() != deadline {
            timer.as_mut().reset(deadline);
        }
        ready!(timer.as_mut().poll(cx));
        self.blocked = None;
        self.outbox.give_up();
        Poll::Ready(())
    }

    /// Writes all, and reads meanwhile so that a peer that is writing can go on to read.
    fn poll_farewell(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let flushed = self.outbox.poll_flush(cx);
        let _ = self.poll_discard(cx);
        flushed
    }

    /// Reads away until the peer's close frame or the end.
    fn poll_discard(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            match self.input {
                Input::Closed | Input::Ended => return Poll::Ready(()),
                Input::Broken => ready!(self.poll_sink(cx)),
                Input::Open => {
                    let _ = ready!(self.poll_event(cx));
                }
            }
        }
    }

    /// Reads bytes without meaning.
    fn poll_sink(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.pending = Vec::new();
        BUFFER.with_borrow_mut(|buffer| {
            while self.input == Input::Broken {
                match ready!(poll_read(self.outbox.transport(), cx, buffer)) {
                    Ok(1..) => {}
                    Ok(0) | Err(_) => self.input = Input::Ended,
                }
            }
            Poll::Ready(())
        })
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Step> {
        // a burst in `pending` must not keep the thread to itself
        let turn = ready!(tokio::task::coop::poll_proceed(cx));
        match self.input {
            Input::Open => {}
            Input::Closed | Input::Broken | Input::Ended => return Poll::Ready(Step::Ended),
        }
        if let Some(step) = self.decode_pending() {
            turn.made_progress();
            return Poll::Ready(step);
        }
        let step = BUFFER.with_borrow_mut(|buffer| {
            loop {
                let Ok(count @ 1..) = ready!(poll_read(self.outbox.transport(), cx, buffer)) else {
                    self.input = Input::Ended;
                    return Poll::Ready(Step::Ended);
                };
                let mut bytes = &mut buffer[..count];
                if let Some(step) = self.decode(&mut bytes) {
                    self.pending.extend_from_slice(bytes);
                    return Poll::Ready(step);
                }
            }
        });
        if step.is_ready() {
            turn.made_progress();
        }
        step
    }

    fn decode_pending(&mut self) -> Option<Step> {
        if self.pending.is_empty() {
            return None;
        }
        let mut pending = std::mem::take(&mut self.pending);
        let mut rest = &mut pending[self.pending_at..];
        let step = self.decode(&mut rest);
        let left = rest.len();
        if left > 0 {
            self.pending_at = pending.len() - left;
            self.pending = pending;
        } else {
            self.pending_at = 0;
        }
        step
    }

    fn decode(&mut self, bytes: &mut &mut [u8]) -> Option<Step> {
        let before = self.decoder.progress();
        let fed = self.decoder.feed(bytes);
        if self.decoder.progress() != before {
            self.last_frame_at = Instant::now();
        }
        match fed {
            Ok(event) => {
                if matches!(event, Some(Event::Close { .. })) {
                    self.input = Input::Closed;
                }
                event.map(Step::Event)
            }
            Err(violation) => {
                self.input = Input::Broken;
                Some(Step::Violation(violation))
            }
        }
    }

    fn poll_incoming(&mut self, event: Event, cx: &mut Context<'_>) -> Poll<Incoming> {
        Poll::Ready(match event {
            Event::Text(text) => Incoming::Text(text),
            Event::Binary(bytes) => Incoming::Binary(bytes),
            Event::Ping(payload) => {
                self.outbox.pong(encode::pong(&payload));
                Incoming::Ping
            }
            Event::Pong(payload) => Incoming::Pong { solicited: self.answers_ping(&payload) },
            Event::Close { code, reason } => {
                self.outbox.clear();
                self.outbox.close(encode::close(code, ""));
                self.farewell = Some(Incoming::Closed { code, reason });
                let blocked = self.poll_blocked(cx).is_ready();
                return self.poll_echo(blocked);
            }
        })
    }

    /// Reads what the peer has sent in vain: a stream ended with bytes unread is reset, and the reset may
    /// destroy our close frame before the peer has read it.
    fn read_away(&self) {
        const MOST_READS: usize = 16;
        // a thread that is going down has no buffer any more
        let _ = BUFFER.try_with(|buffer| {
            let Ok(mut buffer) = buffer.try_borrow_mut() else { return };
            for _ in 0..MOST_READS {
                if !matches!(self.outbox.transport().try_read(&mut buffer), Ok(1..)) {
                    break;
                }
            }
        });
    }

    /// Whether a pong answers a ping of ours that is open. It answers the earlier ones too (RFC 6455, 5.5.3).
    fn answers_ping(&mut self, payload: &[u8]) -> bool {
        let Ok(payload) = <[u8; 8]>::try_from(payload) else { return false };
        let number = u64::from_be_bytes(payload);
        let open = self.pings_answered < number && number <= self.pings_sent;
        if open {
            self.pings_answered = number;
        }
        open
    }
}

/// What came of decoding.
enum Step {
    Event(Event),
    Violation(Violation),
    Ended,
}

/// Reads once, waiting until there is something.
fn poll_read(transport: &impl Transport, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
    loop {
        ready!(transport.poll_readable(cx))?;
        match transport.try_read(buffer) {
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            done => return Poll::Ready(done),
        }
    }
}

impl<T: Transport> Drop for Socket<T> {
    fn drop(&mut self) {
        // only a task that ended without a word, such as by a panic, leaves it open
        if self.outbox.state() == State::Open {
            self.outbox.close(encode::close(Some(1011), "Internal error"));
        }
        self.read_away();
        self.outbox.transport().shutdown_both();
        self.outbox.gone();
    }
}

impl<T: Transport> fmt::Debug for Socket<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket")
            .field("input", &self.input)
            .field("outbox", &self.outbox)
            .finish_non_exhaustive()
    }
}
