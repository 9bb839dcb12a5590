//! Records times and errors; sharded, so that sessions on different threads do not wait for each other.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;
use indexmap::IndexMap;
use tokio::time::Instant;

use super::{Counters, Operation, Phases};

/// Significant digits of the histograms: at most 0.1 % error.
const DIGITS: u8 = 3;

/// Codes told apart; more would be a flood of random ones.
const MOST_CODES: usize = 64;

/// The three moments of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// The schedule meant it to begin.
    pub due: Instant,
    /// It really began.
    pub begun: Instant,
    /// It was over.
    pub done: Instant,
}

/// Histograms and errors of one operation.
#[derive(Debug, Clone)]
pub struct Tally {
    /// Completed operations, failed ones included.
    pub count: u64,
    /// From the real begin.
    pub service: Histogram<u64>,
    /// From the intended begin.
    pub intended: Histogram<u64>,
    /// Failures by code.
    pub errors: IndexMap<String, u64>,
}

impl Default for Tally {
    fn default() -> Self {
        Self { count: 0, service: histogram(), intended: histogram(), errors: IndexMap::new() }
    }
}

impl Tally {
    /// Puts `other` into this one.
    pub fn add(&mut self, other: &Self) {
        self.count += other.count;
        // Both resize by themselves, so that nothing can be out of range.
        let _ = self.service.add(&other.service);
        let _ = self.intended.add(&other.intended);
        for (code, count) in &other.errors {
            *self.errors.entry(code.clone()).or_default() += count;
        }
    }
}

fn histogram() -> Histogram<u64> {
    Histogram::new(DIGITS).expect("the number of digits is a constant in range")
}

#[derive(Debug, Default)]
struct Shard {
    tallies: [Tally; Operation::ALL.len()],
    /// Times to the first progress that ended in this second.
    second_progress: Vec<u64>,
    /// Send lags of this second.
    second_lag: Vec<u64>,
}

/// Counts and first example of an error code, over all operations and the whole run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Example {
    pub(crate) count: u64,
    pub(crate) text: String,
}

/// Takes the times and errors of all sessions.
#[derive(Debug)]
pub struct Recorder {
    phases: Phases,
    shards: Vec<Mutex<Shard>>,
    examples: Mutex<IndexMap<String, Example>>,
    /// Counters of the whole run.
    pub counters: Counters,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Figures stay figures after a panic elsewhere.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Longest time that is told apart: a day.
const LONGEST: u64 = 86_400_000_000;

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(LONGEST).min(LONGEST)
}

/// Records a time; the histogram grows as it must, so that no value is out of range.
fn put(histogram: &mut Histogram<u64>, micros: u64) {
    let _ = histogram.record(micros);
}

impl Recorder {
    /// A recorder for a run with `phases`.
    pub fn new(phases: Phases) -> Self {
        let shards = std::thread::available_parallelism().map_or(2, usize::from).clamp(1, 16);
        Self {
            phases,
            shards: std::iter::repeat_with(Mutex::default).take(shards).collect(),
            examples: Mutex::default(),
            counters: Counters::default(),
        }
    }

    /// The phases of the run.
    pub fn phases(&self) -> &Phases {
        &self.phases
    }

    fn counts(&self, operation: Operation, due: Instant) -> bool {
        !operation.is_windowed() || self.phases.is_steady(due)
    }

    /// An operation of session number `session` succeeded.
    pub fn success(&self, session: usize, operation: Operation, timing: Timing) {
        let service = micros(timing.done.saturating_duration_since(timing.begun));
        let intended = micros(timing.done.saturating_duration_since(timing.due));
        let mut shard = lock(&self.shards[session % self.shards.len()]);
        match operation {
            Operation::ProgressFirst => shard.second_progress.push(service),
            Operation::SendLag => shard.second_lag.push(service),
            _ => {}
        }
        if self.counts(operation, timing.due) {
            let tally = &mut shard.tallies[operation as usize];
            tally.count += 1;
            put(&mut tally.service, service);
            put(&mut tally.intended, intended);
        }
    }

    /// An operation failed at once: counted, but its time says nothing.
    pub fn failure(&self, session: usize, operation: Operation, due: Instant, code: &str, example: &str) {
        self.note(code, example);
        if self.counts(operation, due) {
            let mut shard = lock(&self.shards[session % self.shards.len()]);
            let tally = &mut shard.tallies[operation as usize];
            tally.count += 1;
            let code = if tally.errors.len() < MOST_CODES { code } else { "other" };
            *tally.errors.entry(code.to_owned()).or_default() += 1;
        }
    }

    /// An operation was given up after waiting: its time until then is a lower bound and goes into the
    /// histograms, or a stall would vanish from them.
    pub fn given_up(&self, session: usize, operation: Operation, timing: Timing, code: &str, example: &str) {
        self.failure(session, operation, timing.due, code, example);
        if self.counts(operation, timing.due) {
            let mut shard = lock(&self.shards[session % self.shards.len()]);
            let tally = &mut shard.tallies[operation as usize];
            put(&mut tally.service, micros(timing.done.saturating_duration_since(timing.begun)));
            put(&mut tally.intended, micros(timing.done.saturating_duration_since(timing.due)));
        }
    }

    /// An error that belongs to no operation, such as a connection lost between two of them.
    pub fn note(&self, code: &str, example: &str) {
        self.counters.errors.fetch_add(1, Relaxed);
        let mut examples = lock(&self.examples);
        let code = if examples.len() < MOST_CODES || examples.contains_key(code) { code } else { "other" };
        examples
            .entry(code.to_owned())
            .or_insert_with(|| Example { count: 0, text: example.chars().take(300).collect() })
            .count += 1;
    }

    /// Histograms and errors of every operation.
    pub(crate) fn tallies(&self) -> Vec<Tally> {
        let mut sums = vec![Tally::default(); Operation::ALL.len()];
        for shard in &self.shards {
            let shard = lock(shard);
            for (sum, tally) in sums.iter_mut().zip(&shard.tallies) {
                sum.add(tally);
            }
        }
        sums
    }

    /// Error codes with their first examples.
    pub(crate) fn examples(&self) -> IndexMap<String, Example> {
        lock(&self.examples).clone()
    }

    /// Takes the times of the second that is over: first progress, send lag; each sorted.
    pub(crate) fn take_second(&self) -> (Vec<u64>, Vec<u64>) {
        let (mut progress, mut lag) = (Vec::new(), Vec::new());
        for shard in &self.shards {
            let mut shard = lock(shard);
            progress.append(&mut shard.second_progress);
            lag.append(&mut shard.second_lag);
        }
        progress.sort_unstable();
        lag.sort_unstable();
        (progress, lag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phases() -> Phases {
        Phases::new(Instant::now(), &scenarios::Sessions::default())
    }

    #[tokio::test(start_paused = true)]
    async fn only_the_steady_phase_counts_but_connecting_always_does() {
        let phases = phases();
        let recorder = Recorder::new(phases);
        let timing = |due: Instant| Timing { due, begun: due, done: due + Duration::from_millis(5) };
        for due in [phases.start, phases.steady, phases.drain] {
            recorder.success(0, Operation::Heartbeat, timing(due));
            recorder.success(1, Operation::Connect, timing(due));
        }
        let tallies = recorder.tallies();
        assert_eq!(tallies[Operation::Heartbeat as usize].count, 1);
        assert_eq!(tallies[Operation::Connect as usize].count, 3);
    }

    #[tokio::test(start_paused = true)]
    async fn intended_time_begins_when_the_schedule_meant() {
        let phases = phases();
        let recorder = Recorder::new(phases);
        let due = phases.steady;
        let begun = due + Duration::from_secs(4);
        let timing = Timing { due, begun, done: begun + Duration::from_secs(1) };
        recorder.success(0, Operation::QueryResult, timing);
        let tally = &recorder.tallies()[Operation::QueryResult as usize];
        let near = |value: u64, seconds: u64| value.abs_diff(seconds * 1_000_000) < seconds * 1_000;
        assert!(near(tally.service.max(), 1) && near(tally.intended.max(), 5));
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_given_up_stays_in_the_histogram() {
        let phases = phases();
        let recorder = Recorder::new(phases);
        let timing = Timing {
            due: phases.steady,
            begun: phases.steady,
            done: phases.steady + Duration::from_secs(30),
        };
        recorder.given_up(0, Operation::QueryResult, timing, "timeout", "no answer");
        let tally = &recorder.tallies()[Operation::QueryResult as usize];
        assert_eq!((tally.count, tally.errors["timeout"]), (1, 1));
        assert!(tally.service.max() >= 29_000_000);
        assert_eq!(recorder.examples()["timeout"].text, "no answer");
    }
}
