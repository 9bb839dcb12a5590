//! The live state of a run that several processes play: what each said last, as one.

use std::sync::Arc;
use std::time::Duration;

use loadgen::Snapshot;
use loadgen::live::Together;
use loadgen::shards::{Beside, SecondTexts};
use scenarios::Sessions;

use super::words::Told;

/// What the processes said so far.
#[derive(Debug)]
pub(super) struct Live {
    workers: Vec<Worker>,
    plan: Sessions,
    requested: u64,
    /// Everything else, where somebody wants it.
    together: Option<Together>,
}

#[derive(Debug, Default)]
struct Worker {
    last: Option<Told>,
    /// What came since the last look.
    sent: u64,
    received: u64,
    queries: u64,
    times: Vec<SecondTexts>,
}

impl Live {
    pub(super) fn new(workers: usize, plan: &Sessions, requested: u64, together: Option<Together>) -> Self {
        let workers = std::iter::repeat_with(Worker::default).take(workers).collect();
        Self { workers, plan: plan.clone(), requested, together }
    }

    /// Process `index` has ended a second.
    pub(super) fn second(&mut self, index: usize, mut told: Told) {
        let Some(worker) = self.workers.get_mut(index) else { return };
        worker.sent += told.sent;
        worker.received += told.received;
        worker.queries += told.queries;
        let part = std::mem::take(&mut told.part);
        worker.times.push(part.times.clone());
        if let Some(together) = &mut self.together {
            together.hear(index, part);
        }
        worker.last = Some(told);
    }

    /// Process `index` has ended: its sessions are gone, its counts stay.
    pub(super) fn gone(&mut self, index: usize) {
        if let Some(told) = self.workers.get_mut(index).and_then(|worker| worker.last.as_mut()) {
            (told.sessions, told.in_flight) = (0, 0);
        }
        if let Some(together) = &mut self.together {
            together.gone(index);
        }
    }

    /// Sessions that process `index` had when it was last heard of.
    pub(super) fn sessions(&self, index: usize) -> u64 {
        let last = self.workers.get(index).and_then(|worker| worker.last.as_ref());
        last.map_or(0, |told| told.sessions)
    }

    /// All of them, `elapsed` after the start, and what was seen `beside` them; what came since the last look is counted
    /// once. The last one is told when it is `over`.
    pub(super) fn snapshot(&mut self, elapsed: Duration, beside: &Beside, over: bool) -> Snapshot {
        let Sessions { ramp, settle, duration, drain, .. } = self.plan;
        let steady = ramp + settle;
        let phase = match elapsed {
            elapsed if elapsed < steady => "ramp",
            elapsed if elapsed < steady + duration => "steady",
            _ => "drain",
        };
        let mut taken = [0; 3];
        let mut times = Vec::new();
        for worker in &mut self.workers {
            for (sum, part) in
                taken.iter_mut().zip([&mut worker.sent, &mut worker.received, &mut worker.queries])
            {
                *sum += std::mem::take(part);
            }
            times.append(&mut worker.times);
        }
        let sum = |of: fn(&Told) -> u64| -> u64 {
            self.workers.iter().filter_map(|worker| worker.last.as_ref()).map(of).sum()
        };
        let detail = self.together.as_mut().and_then(|together| together.look(beside, over));
        Snapshot {
            phase,
            elapsed,
            left: (steady + duration + drain).saturating_sub(elapsed),
            sessions: sum(|told| told.sessions),
            requested: self.requested,
            sent: taken[0],
            received: taken[1],
            queries: taken[2],
            in_flight: sum(|told| told.in_flight),
            p99: SecondTexts::p99(&times),
            errors: sum(|told| told.errors),
            verified: sum(|told| told.verified),
            wrong: sum(|told| told.wrong),
            detail: detail.map(Arc::new),
        }
    }
}

#[cfg(test)]
mod tests {
    use loadgen::live::PartSecond;

    use super::*;

    fn told(sessions: u64, sent: u64, errors: u64) -> Told {
        Told {
            sessions,
            sent,
            received: sent * 2,
            queries: 1,
            in_flight: 1,
            errors,
            verified: 0,
            wrong: 0,
            part: PartSecond::default(),
        }
    }

    #[test]
    fn counts_of_a_second_are_told_once_and_states_as_they_are() {
        let mut live = Live::new(2, &Sessions::default(), 30, None);
        live.second(0, told(10, 5, 1));
        live.second(1, told(20, 7, 0));
        live.second(1, told(20, 8, 2));
        let first = live.snapshot(Duration::from_secs(4), &Beside::default(), false);
        assert_eq!((first.phase, first.sessions, first.sent, first.errors), ("steady", 30, 20, 3));
        let second = live.snapshot(Duration::from_secs(5), &Beside::default(), false);
        assert_eq!((second.sessions, second.sent, second.errors), (30, 0, 3));
        assert_eq!(live.sessions(1), 20);
        live.gone(1);
        let third = live.snapshot(Duration::from_secs(14), &Beside::default(), false);
        assert_eq!((third.phase, third.sessions, third.errors), ("drain", 10, 3));
    }
}
