//! The events of a session that can be replayed, bounded by number, bytes and age; never without the newest.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::wire::client::ResumePoint;
use crate::wire::encode::Message;
use crate::wire::identity::{Epoch, TransactionId};
use crate::wire::server::{ResumeReason, Resumed};

/// Bounds of a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Most events.
    pub events: usize,
    /// Most bytes of events, as the named dialect writes them.
    pub bytes: usize,
    /// Greatest age of an event.
    pub age: Duration,
}

/// One event that can be replayed.
#[derive(Debug, Clone)]
pub struct Held {
    /// Its offset.
    pub offset: u64,
    /// The event.
    pub message: Message,
    /// The transaction it is about, if any: a terminal message looks different to its asker.
    pub transaction: Option<TransactionId>,
    at: Instant,
}

/// Events of one life of a session.
#[derive(Debug)]
pub struct History {
    epoch: Epoch,
    top: u64,
    bytes: usize,
    held: VecDeque<Held>,
    /// What evicted the newest of the events that are gone.
    evicted_by: ResumeReason,
}

impl History {
    /// A new life without events.
    #[must_use]
    pub fn new(epoch: Epoch) -> Self {
        Self { epoch, top: 0, bytes: 0, held: VecDeque::new(), evicted_by: ResumeReason::Expired }
    }

    /// This life's name.
    #[must_use]
    pub fn epoch(&self) -> &Epoch {
        &self.epoch
    }

    /// Offset of the newest event; 0 before the first.
    #[must_use]
    pub const fn top(&self) -> u64 {
        self.top
    }

    /// Bytes of the events it holds.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds the next event; `message` carries the offset `top() + 1`.
    pub fn push(
        &mut self,
        message: Message,
        transaction: Option<TransactionId>,
        now: Instant,
        bounds: Bounds,
    ) {
        self.top += 1;
        self.bytes += message.size();
        self.held.push_back(Held { offset: self.top, message, transaction, at: now });
        self.age(now, bounds);
        while self.held.len() > bounds.events {
            if !self.evict(ResumeReason::TooMany) {
                break;
            }
        }
        while self.bytes > bounds.bytes {
            if !self.evict(ResumeReason::Trimmed) {
                break;
            }
        }
    }

    /// Drops what is too old.
    pub fn age(&mut self, now: Instant, bounds: Bounds) {
        while self.held.front().is_some_and(|oldest| now.duration_since(oldest.at) > bounds.age) {
            if !self.evict(ResumeReason::Expired) {
                break;
            }
        }
    }

    /// Drops the oldest event unless it is the newest too.
    fn evict(&mut self, reason: ResumeReason) -> bool {
        if self.held.len() <= 1 {
            return false;
        }
        if let Some(gone) = self.held.pop_front() {
            self.bytes -= gone.message.size();
            self.evicted_by = reason;
        }
        true
    }

    /// Decides what a client that saw `point` last is told, and from which offset on it is replayed.
    pub fn resume(&mut self, point: &ResumePoint, now: Instant, bounds: Bounds) -> Resumed {
        self.age(now, bounds);
        let oldest = self.held.front().map_or(self.top + 1, |held| held.offset);
        let (reason, replay) = if point.epoch != self.epoch.as_str() {
            (ResumeReason::EpochMismatch, false)
        } else if point.offset > self.top {
            (ResumeReason::FutureOffset, false)
        } else if point.offset == self.top {
            (ResumeReason::Ok, false)
        } else if point.offset + 1 >= oldest {
            (ResumeReason::Ok, true)
        } else {
            (self.evicted_by, false)
        };
        Resumed {
            recovered: reason == ResumeReason::Ok,
            epoch: self.epoch.clone(),
            from: replay.then(|| point.offset + 1),
            to: replay.then_some(self.top),
            top: self.top,
            reason,
        }
    }

    /// The held events from `offset` on.
    pub fn from(&self, offset: u64) -> impl Iterator<Item = &Held> {
        let oldest = self.held.front().map_or(self.top + 1, |held| held.offset);
        let skip = usize::try_from(offset.saturating_sub(oldest)).unwrap_or(usize::MAX);
        self.held.iter().skip(skip)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::identity::Ids;
    use crate::wire::server::Pong;

    const WIDE: Bounds = Bounds { events: 300, bytes: 1 << 20, age: Duration::from_secs(300) };

    fn filled(events: u64, bounds: Bounds) -> (History, Instant) {
        let mut history = History::new(Epoch::random());
        let now = Instant::now();
        for second in 0..events {
            history.push(
                Message::new(&Ids::default(), &Pong {}),
                None,
                now + Duration::from_secs(second),
                bounds,
            );
        }
        (history, now)
    }

    fn point(history: &History, offset: u64) -> ResumePoint {
        ResumePoint { epoch: history.epoch().to_string(), offset }
    }

    fn decide(history: &mut History, offset: u64, now: Instant, bounds: Bounds) -> (ResumeReason, Vec<u64>) {
        let resumed = history.resume(&point(history, offset), now, bounds);
        let replayed =
            resumed.from.map_or_else(Vec::new, |from| history.from(from).map(|held| held.offset).collect());
        assert_eq!(resumed.recovered, resumed.reason == ResumeReason::Ok);
        assert_eq!(resumed.to, replayed.last().copied());
        (resumed.reason, replayed)
    }

    #[test]
    fn what_is_held_is_replayed_from_the_next_on() {
        let (mut history, now) = filled(5, WIDE);
        assert_eq!(decide(&mut history, 5, now, WIDE), (ResumeReason::Ok, vec![]));
        assert_eq!(decide(&mut history, 3, now, WIDE), (ResumeReason::Ok, vec![4, 5]));
        assert_eq!(decide(&mut history, 0, now, WIDE), (ResumeReason::Ok, vec![1, 2, 3, 4, 5]));
        assert_eq!(decide(&mut history, 6, now, WIDE), (ResumeReason::FutureOffset, vec![]));
    }

    #[test]
    fn another_epoch_is_decided_before_the_offset() {
        let (mut history, now) = filled(2, WIDE);
        let foreign = ResumePoint { epoch: "other".to_owned(), offset: 99 };
        assert_eq!(history.resume(&foreign, now, WIDE).reason, ResumeReason::EpochMismatch);
    }

    proptest::proptest! {
        #[test]
        fn any_offset_is_decided(offset: u64, ahead in 0..9_u64) {
            let (mut history, now) = filled(5, WIDE);
            for offset in [offset, u64::MAX - ahead, ahead] {
                let (reason, replayed) = decide(&mut history, offset, now, WIDE);
                proptest::prop_assert_eq!(reason == ResumeReason::FutureOffset, offset > 5);
                proptest::prop_assert_eq!(replayed.len() as u64, 5_u64.saturating_sub(offset) * u64::from(offset <= 5));
            }
        }
    }

    #[test]
    fn each_bound_gives_its_reason() {
        let few = Bounds { events: 3, ..WIDE };
        let (mut history, now) = filled(5, few);
        assert_eq!(decide(&mut history, 1, now, few), (ResumeReason::TooMany, vec![]));
        assert_eq!(decide(&mut history, 2, now, few), (ResumeReason::Ok, vec![3, 4, 5]));

        let small = Bounds { bytes: 100, ..WIDE };
        let (mut history, now) = filled(5, small);
        assert_eq!(decide(&mut history, 0, now, small), (ResumeReason::Trimmed, vec![]));

        let (mut history, now) = filled(5, WIDE);
        let later = now + Duration::from_secs(303);
        assert_eq!(decide(&mut history, 0, later, WIDE), (ResumeReason::Expired, vec![]));
        assert_eq!(decide(&mut history, 3, later, WIDE), (ResumeReason::Ok, vec![4, 5]));
    }

    #[test]
    fn the_newest_event_is_never_evicted() {
        let nothing = Bounds { events: 0, bytes: 0, age: Duration::ZERO };
        let (mut history, now) = filled(3, nothing);
        let later = now + Duration::from_secs(1_000);
        assert_eq!(decide(&mut history, 2, later, nothing), (ResumeReason::Ok, vec![3]));
        assert_eq!(decide(&mut history, 1, later, nothing).0, ResumeReason::Expired);
    }
}
