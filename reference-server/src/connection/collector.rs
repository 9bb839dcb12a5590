//! Batches, for clients that announced they take them: updates that come within a moment go as one message.
//!
//! Only what somebody watches is held back. What somebody waits for goes at once, and takes along what was held,
//! so that the order is as if each had gone alone.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;

use super::engine::{Outbox, SendError, encode_text};
use crate::config::Config;
use crate::wire::encode::batch;
use crate::wire::events::EventMark;
use crate::wire::forms::{Encoding, single};

/// Bytes that are not held back any longer.
const MOST_BYTES: usize = 64 * 1024;

/// What a connection holds back.
pub(super) struct Collector {
    outbox: Arc<Outbox>,
    encoding: Encoding,
    most: usize,
    delay: Duration,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    texts: Vec<Bytes>,
    marks: Vec<Arc<EventMark>>,
    bytes: usize,
    /// Whether it is a replay, which does not count against the queue's limits.
    exempt: bool,
    /// How many batches have gone: a timer of an earlier one has nothing to do.
    turn: u64,
}

/// One message on its way into a batch.
pub(super) struct Item<'a> {
    pub(super) text: Bytes,
    pub(super) mark: Option<&'a Arc<EventMark>>,
    pub(super) exempt: bool,
    /// Whether it may be held back.
    pub(super) waits: bool,
}

impl Collector {
    pub(super) fn new(outbox: Arc<Outbox>, encoding: Encoding, config: &Config) -> Self {
        Self {
            outbox,
            encoding,
            most: config.wire.batch_messages.max(1),
            delay: config.wire.batch_delay,
            held: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a message, and sends it with what is held if it may not wait.
    pub(super) fn take(self: &Arc<Self>, item: Item<'_>) -> Result<(), SendError> {
        let mut held = self.lock();
        let first = held.texts.is_empty();
        held.bytes += item.text.len();
        held.texts.push(item.text);
        held.marks.extend(item.mark.cloned());
        held.exempt |= item.exempt;
        if !item.waits || held.texts.len() >= self.most || held.bytes >= MOST_BYTES {
            return self.write(&mut held);
        }
        if first {
            let turn = held.turn;
            drop(held);
            return self.later(turn);
        }
        Ok(())
    }

    /// Sends what is held, then something else, before anybody else can send.
    pub(super) fn then(&self, send: impl FnOnce() -> Result<(), SendError>) -> Result<(), SendError> {
        let mut held = self.lock();
        self.write(&mut held)?;
        send()
    }

    /// Sends what is held.
    pub(super) fn flush(&self) -> Result<(), SendError> {
        self.write(&mut self.lock())
    }

    fn later(self: &Arc<Self>, turn: u64) -> Result<(), SendError> {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return self.flush() };
        let collector = Arc::clone(self);
        runtime.spawn(async move {
            tokio::time::sleep(collector.delay).await;
            let mut held = collector.lock();
            if held.turn == turn {
                // the connection's own task is told of an overflow
                let _ = collector.write(&mut held);
            }
        });
        Ok(())
    }

    fn write(&self, held: &mut Held) -> Result<(), SendError> {
        let turn = held.turn + 1;
        let Held { texts, marks, exempt, .. } = std::mem::replace(held, Held { turn, ..Held::default() });
        let text = match &texts[..] {
            [] => return Ok(()),
            [alone] => alone.clone(),
            several => batch(several),
        };
        let frame = single(&text, encode_text(&text), &self.encoding);
        if exempt { self.outbox.send_exempt(&frame) } else { self.outbox.send_events(&frame, &marks) }
    }
}
