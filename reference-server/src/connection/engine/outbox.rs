//! The way out of one connection: direct writes, and a bounded queue only while the peer is slow.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use futures_util::task::AtomicWaker;
use tokio::time::Instant;

use super::SendError;
use super::lanes::{Lanes, Queued, State, Waiting};
use super::stream::Stream;
use super::transport::Transport;
use crate::wire::events::EventMark;

/// Bounds of what may wait for a slow peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueLimits {
    /// Most messages that wait.
    pub messages: usize,
    /// Most bytes that wait, counted when more than one message waits.
    pub bytes: usize,
}

/// The shared sending half of a connection.
///
/// Sessions hold it to publish. A frame goes straight to the socket when nothing waits, so that fan-out costs
/// one system call and no wake-up; what the socket refuses waits in a bounded queue that the connection's task
/// empties. One lock orders all writers: frames never interleave.
pub struct Outbox<T: Transport = Stream> {
    transport: T,
    lanes: Mutex<Lanes>,
    /// Wakes the connection's task when there is something to write or to tell.
    waker: AtomicWaker,
    limits: QueueLimits,
}

impl<T: Transport> Outbox<T> {
    pub(super) fn new(transport: T, limits: QueueLimits) -> Self {
        Self { transport, lanes: Mutex::new(Lanes::new()), waker: AtomicWaker::new(), limits }
    }

    /// Sends a server frame made by [`encode_text`](super::encode_text) or
    /// [`encode_binary`](super::encode_binary): now, or when the peer takes it.
    ///
    /// # Errors
    /// [`SendError::Full`] once, when the queue overflows: the connection then closes as a slow consumer;
    /// afterwards, and when it is closing anyway, [`SendError::Closed`].
    pub fn send(&self, frame: &Bytes) -> Result<(), SendError> {
        self.push(frame, true, &[])
    }

    /// As [`send`](Self::send); what is not delivered is told by [`take_lost`](Self::take_lost).
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn send_event(&self, frame: &Bytes, mark: &Arc<EventMark>) -> Result<(), SendError> {
        self.push(frame, true, std::slice::from_ref(mark))
    }

    /// As [`send_event`](Self::send_event), for a frame that carries several.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn send_events(&self, frame: &Bytes, marks: &[Arc<EventMark>]) -> Result<(), SendError> {
        self.push(frame, true, marks)
    }

    /// Sends a frame of a replay, which does not count against the queue's limits.
    ///
    /// # Errors
    /// [`SendError::Closed`] when the connection is closing.
    pub fn send_exempt(&self, frame: &Bytes) -> Result<(), SendError> {
        self.push(frame, false, &[])
    }

    /// Events that were given to it and never written whole, because the peer was too slow or the stream broke.
    pub fn take_lost(&self) -> Vec<Arc<EventMark>> {
        self.lock().take_lost()
    }

    /// Whether frames are still taken.
    pub fn is_open(&self) -> bool {
        self.lock().state == State::Open
    }

    /// Messages that wait for the peer.
    pub fn queued(&self) -> usize {
        self.lock().queued()
    }

    /// Whether anything waits to be written.
    pub(super) fn waits(&self) -> bool {
        !self.lock().is_empty()
    }

    pub(super) fn transport(&self) -> &T {
        &self.transport
    }

    pub(super) fn state(&self) -> State {
        self.lock().state
    }

    /// Since when the socket has taken nothing though something waits.
    pub(super) fn blocked_since(&self) -> Option<Instant> {
        self.lock().blocked_since()
    }

    /// Owes the peer a pong; replaces one that waits.
    pub(super) fn pong(&self, frame: Bytes) {
        self.control(|waiting| waiting.pong = Some(frame));
    }

    /// Sends a ping; replaces one that waits.
    pub(super) fn ping(&self, frame: Bytes) {
        self.control(|waiting| waiting.ping = Some(frame));
    }

    /// Takes no more frames; the close frame goes out after what is queued.
    pub(super) fn close(&self, frame: Bytes) {
        let mut lanes = self.lock();
        if lanes.close(frame) {
            self.write(&mut lanes);
        }
    }

    /// Drops what is queued, all but the rest of a frame that has begun: the peer wants no more.
    pub(super) fn clear(&self) {
        let mut lanes = self.lock();
        lanes.clear();
        lanes.take_lost();
    }

    /// Takes no more frames: the write was blocked too long.
    pub(super) fn give_up(&self) {
        let mut lanes = self.lock();
        if lanes.state == State::Open {
            lanes.state = State::Slow;
            lanes.clear();
        }
    }

    /// Takes no more frames and forgets everything: the stream has ended.
    pub(super) fn gone(&self) {
        self.lock().gone();
    }

    /// Writes what the socket takes; `Ready` when nothing waits any more. Only the connection's task may ask.
    pub(super) fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.waker.register(cx.waker());
        loop {
            {
                let mut lanes = self.lock();
                self.write(&mut lanes);
                if lanes.is_empty() {
                    return Poll::Ready(());
                }
            }
            match self.transport.poll_writable(cx) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(_)) => self.gone(),
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    fn push(&self, frame: &Bytes, counts: bool, marks: &[Arc<EventMark>]) -> Result<(), SendError> {
        let mut lanes = self.lock();
        if lanes.state != State::Open {
            // Who is leaving is owed nothing; who was cut off is.
            if lanes.state != State::Closing {
                lanes.lose(marks);
            }
            return Err(SendError::Closed);
        }
        let counted = counts.then_some(frame.len());
        if lanes.is_empty() {
            match attempt(&self.transport, frame) {
                Attempt::Wrote(written) if written == frame.len() => return Ok(()),
                Attempt::Wrote(written) => {
                    let rest = frame.slice(written..);
                    lanes.block(Queued { rest, counted, marks: marks.to_vec() });
                }
                Attempt::Broken => {
                    lanes.gone();
                    lanes.lose(marks);
                    self.waker.wake();
                    return Err(SendError::Closed);
                }
            }
            drop(lanes);
            self.waker.wake();
            return Ok(());
        }
        if counts && lanes.overflows(frame.len(), self.limits) {
            lanes.state = State::Slow;
            lanes.clear();
            lanes.lose(marks);
            drop(lanes);
            self.waker.wake();
            return Err(SendError::Full);
        }
        lanes.enqueue(Queued { rest: frame.clone(), counted, marks: marks.to_vec() });
        Ok(())
    }

    fn control(&self, place: impl FnOnce(&mut Waiting)) {
        let mut lanes = self.lock();
        if matches!(lanes.state, State::Open | State::Slow) {
            place(lanes.waiting());
            self.write(&mut lanes);
        }
    }

    /// Writes until the socket takes no more or nothing is left.
    fn write(&self, lanes: &mut Lanes) {
        while let Some(mut current) = lanes.take_next() {
            match attempt(&self.transport, &current.rest) {
                Attempt::Wrote(written) => {
                    current.rest.advance(written);
                    if current.rest.has_remaining() {
                        lanes.put_back(current, written > 0);
                        return;
                    }
                    lanes.written(&current);
                }
                Attempt::Broken => {
                    lanes.lose(&current.marks);
                    lanes.gone();
                    self.waker.wake();
                    return;
                }
            }
        }
        lanes.emptied();
    }

    fn lock(&self) -> MutexGuard<'_, Lanes> {
        // no code that may panic runs under the lock, and the lanes are whole at every step
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Attempt {
    Wrote(usize),
    Broken,
}

/// Writes until the socket refuses.
fn attempt(transport: &impl Transport, bytes: &[u8]) -> Attempt {
    let mut written = 0;
    while written < bytes.len() {
        match transport.try_write(&bytes[written..]) {
            Ok(0) => return Attempt::Broken,
            Ok(count) => written += count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return Attempt::Broken,
        }
    }
    Attempt::Wrote(written)
}

impl<T: Transport> fmt::Debug for Outbox<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox").field("lanes", &*self.lock()).finish_non_exhaustive()
    }
}
