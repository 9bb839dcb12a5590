//! What one connection still has to write, in order. Nothing of it is held while nothing waits: there are many
//! connections, and most of them keep up.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use tokio::time::Instant;

use super::outbox::QueueLimits;
use crate::wire::events::EventMark;

/// Most events of one connection that are remembered as not delivered.
const MAX_LOST: usize = 1_024;

/// Whether frames are still taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// They are.
    Open,
    /// No more: overflow or a blocked write. The connection's task closes.
    Slow,
    /// No more: our close frame is queued or sent, or the peer's came.
    Closing,
    /// The stream is broken or ended.
    Gone,
}

#[derive(Debug)]
pub(super) struct Lanes {
    pub(super) state: State,
    waiting: Option<Box<Waiting>>,
    /// Events that will never be written whole.
    lost: Vec<Arc<EventMark>>,
}

#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// Rest of the frame being written: always first.
    current: Option<Queued>,
    /// Then the newest pong owed and the newest ping: one of each, however many came.
    pub(super) pong: Option<Bytes>,
    pub(super) ping: Option<Bytes>,
    queue: VecDeque<Queued>,
    /// Last of all.
    close: Option<Bytes>,
    /// Messages and bytes that count against the limits, the current one included.
    messages: usize,
    bytes: usize,
    /// Since when the socket takes nothing while something waits.
    blocked_since: Option<Instant>,
}

#[derive(Debug)]
pub(super) struct Queued {
    pub(super) rest: Bytes,
    /// Size for the limits; `None` if it does not count.
    pub(super) counted: Option<usize>,
    /// The events it carries whose loss matters.
    pub(super) marks: Vec<Arc<EventMark>>,
}

impl Lanes {
    pub(super) fn new() -> Self {
        Self { state: State::Open, waiting: None, lost: Vec::new() }
    }

    pub(super) fn waiting(&mut self) -> &mut Waiting {
        self.waiting.get_or_insert_default()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.as_ref().is_none_or(|waiting| waiting.is_empty())
    }

    /// Messages that wait.
    pub(super) fn queued(&self) -> usize {
        let count = |waiting: &Waiting| waiting.queue.len() + usize::from(waiting.current.is_some());
        self.waiting.as_deref().map_or(0, count)
    }

    pub(super) fn blocked_since(&self) -> Option<Instant> {
        self.waiting.as_ref().and_then(|waiting| waiting.blocked_since)
    }

    /// Lets a close frame be the last; whether that is new.
    pub(super) fn close(&mut self, frame: Bytes) -> bool {
        if self.state == State::Gone || self.waiting.as_ref().is_some_and(|waiting| waiting.close.is_some()) {
            return false;
        }
        self.state = State::Closing;
        let waiting = self.waiting();
        waiting.pong = None;
        waiting.ping = None;
        waiting.close = Some(frame);
        true
    }

    /// What goes next. A message that waits keeps its count until it is written whole.
    pub(super) fn take_next(&mut self) -> Option<Queued> {
        self.waiting.as_mut()?.take_next()
    }

    /// The socket took only a part of it, perhaps nothing.
    pub(super) fn put_back(&mut self, current: Queued, progress: bool) {
        let waiting = self.waiting();
        if progress {
            waiting.blocked_since = None;
        }
        waiting.blocked_since.get_or_insert_with(Instant::now);
        waiting.current = Some(current);
    }

    /// It was written whole.
    pub(super) fn written(&mut self, queued: &Queued) {
        let waiting = self.waiting();
        waiting.blocked_since = None;
        if let Some(bytes) = queued.counted {
            waiting.messages -= 1;
            waiting.bytes -= bytes;
        }
    }

    /// All was written: a burst's memory goes with the burst.
    pub(super) fn emptied(&mut self) {
        self.waiting = None;
    }

    pub(super) fn overflows(&self, length: usize, limits: QueueLimits) -> bool {
        self.waiting.as_ref().is_some_and(|waiting| {
            waiting.messages >= limits.messages
                || (waiting.messages > 0 && waiting.bytes + length > limits.bytes)
        })
    }

    /// The first that waits: the socket takes no more.
    pub(super) fn block(&mut self, queued: Queued) {
        let waiting = self.waiting();
        waiting.count(&queued);
        waiting.current = Some(queued);
        waiting.blocked_since = Some(Instant::now());
    }

    pub(super) fn enqueue(&mut self, queued: Queued) {
        let waiting = self.waiting();
        waiting.count(&queued);
        waiting.queue.push_back(queued);
    }

    pub(super) fn take_lost(&mut self) -> Vec<Arc<EventMark>> {
        std::mem::take(&mut self.lost)
    }

    pub(super) fn lose(&mut self, marks: &[Arc<EventMark>]) {
        let room = MAX_LOST.saturating_sub(self.lost.len());
        self.lost.extend(marks.iter().take(room).cloned());
    }

    /// Drops what is queued, all but the rest of a frame that has begun.
    pub(super) fn clear(&mut self) {
        let Some(waiting) = &mut self.waiting else { return };
        let queue = std::mem::take(&mut waiting.queue);
        (waiting.messages, waiting.bytes) = (0, 0);
        if let Some(current) = &mut waiting.current {
            current.counted = None;
        }
        for queued in queue {
            self.lose(&queued.marks);
        }
    }

    /// Forgets everything: nothing can be written any more.
    pub(super) fn gone(&mut self) {
        self.state = State::Gone;
        self.clear();
        if let Some(current) = self.waiting.take().and_then(|waiting| waiting.current) {
            self.lose(&current.marks);
        }
    }
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.current.is_none()
            && self.pong.is_none()
            && self.ping.is_none()
            && self.queue.is_empty()
            && self.close.is_none()
    }

    fn take_next(&mut self) -> Option<Queued> {
        let control = |rest| Queued { rest, counted: None, marks: Vec::new() };
        self.current
            .take()
            .or_else(|| self.pong.take().map(control))
            .or_else(|| self.ping.take().map(control))
            .or_else(|| self.queue.pop_front())
            .or_else(|| self.close.take().map(control))
    }

    fn count(&mut self, queued: &Queued) {
        if let Some(bytes) = queued.counted {
            self.messages += 1;
            self.bytes += bytes;
        }
    }
}
