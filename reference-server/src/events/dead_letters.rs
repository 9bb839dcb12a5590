//! Events that could not be delivered and were given up: kept to be read, the oldest dropped first.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use schemars::JsonSchema;
use serde::Serialize;

use super::sends::LostReason;
use crate::observe::{Metrics, SessionTag};
use crate::wire::events::EventMark;
use crate::wire::time::WireTime;

/// An event that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DeadLetter {
    /// When it was given up: RFC 3339, UTC, milliseconds.
    pub timestamp: String,
    /// Session it belongs to.
    pub session_id: String,
    /// Name of the message.
    pub event: String,
    /// Its offset in the session.
    pub offset: u64,
    /// Why it could not be delivered.
    pub reason: LostReason,
    /// Sends that were tried, the first included.
    pub attempts: u32,
}

/// The store of one process.
#[derive(Debug)]
pub struct DeadLetters {
    limit: usize,
    entries: Mutex<VecDeque<DeadLetter>>,
    metrics: Arc<Metrics>,
}

impl DeadLetters {
    /// An empty store with room for `limit` entries.
    #[must_use]
    pub fn new(limit: usize, metrics: Arc<Metrics>) -> Self {
        Self { limit, entries: Mutex::default(), metrics }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<DeadLetter>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All entries, the oldest first.
    #[must_use]
    pub fn list(&self) -> Vec<DeadLetter> {
        self.lock().iter().cloned().collect()
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    pub(super) fn add(&self, mark: &EventMark, reason: LostReason, attempts: u32) {
        let session = SessionTag(mark.session_id.as_str());
        tracing::warn!(%session, event = mark.name, offset = mark.offset, ?reason, attempts, "event given up");
        let mut entries = self.lock();
        while entries.len() >= self.limit {
            self.metrics.dead_letters_dropped.increment();
            if entries.pop_front().is_none() {
                // No room at all: it is only counted.
                return;
            }
        }
        entries.push_back(DeadLetter {
            timestamp: WireTime::now().to_string(),
            session_id: mark.session_id.to_string(),
            event: mark.name.to_owned(),
            offset: mark.offset,
            reason,
            attempts,
        });
        self.metrics.dead_letters.set(i64::try_from(entries.len()).unwrap_or(i64::MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::identity::SessionId;

    #[test]
    fn the_oldest_make_room_and_are_counted() {
        let metrics = Arc::new(Metrics::default());
        let letters = DeadLetters::new(2, Arc::clone(&metrics));
        let session_id = SessionId::random();
        for offset in 1..=5 {
            let mark = EventMark { session_id: session_id.clone(), offset, name: "query_result" };
            letters.add(&mark, LostReason::SlowConsumer, 4);
        }
        let offsets: Vec<u64> = letters.list().iter().map(|letter| letter.offset).collect();
        assert_eq!(offsets, [4, 5]);
        assert_eq!((metrics.dead_letters.value(), metrics.dead_letters_dropped.value()), (2, 3));
        let none = DeadLetters::new(0, Arc::clone(&metrics));
        let mark = EventMark { session_id, offset: 6, name: "query_result" };
        none.add(&mark, LostReason::Closed, 1);
        assert!(none.is_empty());
    }
}
