//! A witness of the instrument's own stalls. On a busy machine this process stands still now and then: what
//! arrives meanwhile is seen late, and that must not be laid to the target.
//!
//! A task ticks every few milliseconds and records by how much each tick came too late. What is seen at the
//! end of such a stall may have arrived at its beginning, and counts as if it had: so "late" is the target's
//! alone. Stalls while nothing arrives change nothing. One process has one scheduler, so there is one record.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reports::model::InstrumentFigures;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

/// Time between two ticks.
const TICK: Duration = Duration::from_millis(5);
/// A tick later than this is a stall.
const STALL: Duration = Duration::from_millis(10);
/// What arrived in a stall is seen within this time of its end.
const SEEN: Duration = Duration::from_millis(15);
/// Stalls kept; those of long ago matter to no limit that still runs.
const KEPT: usize = 4_096;

static RECORD: Mutex<Record> = Mutex::new(Record::new());

/// One stretch in which the instrument stood still.
#[derive(Debug, Clone, Copy)]
struct Stall {
    from: Instant,
    to: Instant,
}

#[derive(Debug)]
struct Record {
    stalls: VecDeque<Stall>,
    /// Stretches in which a peer read nothing because all memory for what targets send was taken.
    waits: VecDeque<Stall>,
    /// When the next tick is due; a witness that is not running has none.
    due: Option<Instant>,
}

impl Record {
    const fn new() -> Self {
        Self { stalls: VecDeque::new(), waits: VecDeque::new(), due: None }
    }

    fn ticked(&mut self, due: Instant, at: Instant) {
        if at.saturating_duration_since(due) >= STALL {
            if self.stalls.len() == KEPT {
                self.stalls.pop_front();
            }
            self.stalls.push_back(Stall { from: due, to: at });
        }
    }

    /// The stalls, and the one that goes on at `now`.
    fn until(&self, now: Instant) -> impl Iterator<Item = Stall> {
        let current = self.due.filter(|due| now.saturating_duration_since(*due) >= STALL);
        let current = current.map(|due| Stall { from: due, to: now });
        current.into_iter().chain(self.stalls.iter().rev().copied())
    }

    fn arrived(&self, at: Instant, now: Instant) -> Instant {
        let held_up = self.until(now).take_while(|stall| stall.to + SEEN >= at);
        held_up.map(|stall| stall.from).min().map_or(at, |from| from.min(at))
    }
}

fn record() -> MutexGuard<'static, Record> {
    RECORD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How long the instrument stood still between `from` and `to`, or one of its peers waited for memory.
pub(crate) fn stalled(from: Instant, to: Instant) -> Duration {
    let within = |stall: Stall| stall.to.min(to).saturating_duration_since(stall.from.max(from));
    let record = record();
    let waits = record.waits.iter().rev().copied().take_while(|wait| wait.to > from);
    record.until(Instant::now()).take_while(|stall| stall.to > from).chain(waits).map(within).sum()
}

/// A peer read nothing between `from` and `to`: there was no room for it.
pub(crate) fn waited(from: Instant, to: Instant) {
    let mut record = record();
    if record.waits.len() == KEPT {
        record.waits.pop_front();
    }
    record.waits.push_back(Stall { from, to });
}

/// The earliest moment at which what was seen `at` may have arrived.
pub(crate) fn arrived(at: Instant) -> Instant {
    record().arrived(at, Instant::now())
}

/// True when no stall has just ended: what arrived in one has been seen by now.
pub(crate) fn is_settled(now: Instant) -> bool {
    let record = record();
    record.until(now).next().is_none_or(|stall| now > stall.to + SEEN)
}

/// Watches as long as it lives.
#[derive(Debug)]
pub(crate) struct Witness {
    since: Instant,
    task: Option<JoinHandle<()>>,
}

impl Witness {
    /// Begins to watch. Where one watches already, that one's record will do.
    pub(crate) fn start() -> Self {
        let since = Instant::now();
        let mut record = record();
        let task = record.due.is_none().then(|| {
            record.due = Some(since + TICK);
            tokio::spawn(watch())
        });
        Self { since, task }
    }

    /// What it saw.
    pub(crate) fn figures(&self) -> InstrumentFigures {
        let now = Instant::now();
        let millis = |time: Duration| time.as_secs_f64() * 1e3;
        let (mut stalls, mut longest, mut total) = (0, Duration::ZERO, Duration::ZERO);
        for stall in record().until(now).take_while(|stall| stall.to > self.since) {
            let time = stall.to.saturating_duration_since(stall.from.max(self.since));
            (stalls, longest, total) = (stalls + 1, longest.max(time), total + time);
        }
        InstrumentFigures::new(stalls, millis(longest), millis(total), millis(now - self.since))
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
            record().due = None;
        }
    }
}

async fn watch() {
    loop {
        let due = Instant::now() + TICK;
        record().due = Some(due);
        sleep_until(due).await;
        record().ticked(due, Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_within_counts_and_what_goes_on_does_too() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut record = Record::new();
        record.ticked(at(5), at(9));
        assert!(record.stalls.is_empty(), "a tick that is a little late is no stall");
        record.ticked(at(100), at(150));
        record.due = Some(at(200));
        let all: Vec<(Instant, Instant)> =
            record.until(at(260)).map(|stall| (stall.from, stall.to)).collect();
        assert_eq!(all, [(at(200), at(260)), (at(100), at(150))]);
        assert_eq!(record.until(at(205)).count(), 1);
    }

    #[test]
    fn what_is_seen_at_the_end_of_a_stall_may_have_come_at_its_beginning() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut record = Record::new();
        record.ticked(at(100), at(150));
        record.ticked(at(300), at(340));
        assert_eq!(record.arrived(at(341), at(400)), at(300));
        assert_eq!(record.arrived(at(320), at(400)), at(300));
        assert_eq!(record.arrived(at(380), at(400)), at(380), "long after it");
        assert_eq!(record.arrived(at(90), at(400)), at(90), "before any");
    }

    #[test]
    fn the_record_is_bounded() {
        let start = Instant::now();
        let mut record = Record::new();
        for _ in 0..KEPT + 10 {
            record.ticked(start, start + STALL);
        }
        assert_eq!(record.stalls.len(), KEPT);
    }

    #[tokio::test]
    async fn a_thread_that_is_held_up_is_seen() {
        let witness = Witness::start();
        let begin = Instant::now();
        tokio::task::yield_now().await;
        // The one thread of this runtime is blocked on purpose: that is what a stall is.
        std::thread::sleep(Duration::from_millis(60));
        let seen = stalled(begin, Instant::now());
        assert!(seen >= Duration::from_millis(40), "{seen:?}");
        assert!(witness.figures().longest_stall_ms >= 40.0);
    }
}
