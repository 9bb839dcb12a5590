//! Records times and errors. Threads do not wait for each other: each puts plain values aside, and the monitor
//! collects them into histograms.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::collected::{Collected, SecondTimes, all};
use super::shard::{Sample, Shards, Tenth};
use super::{Counters, Operation, OperationId, Phases};

/// Significant digits of the histograms: at most 0.1 % error.
const DIGITS: u8 = 3;

/// Codes told apart; more would be a flood of random ones.
pub(super) const MOST_CODES: usize = 64;

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

impl Timing {
    /// An operation that nobody had scheduled: it was meant to begin when it began.
    pub fn unscheduled(begun: Instant, done: Instant) -> Self {
        Self { due: begun, begun, done }
    }
}

/// Histograms and errors of one operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// Completed operations, failed ones included.
    pub count: u64,
    /// From the real begin.
    #[serde(with = "super::text")]
    pub service: Histogram<u64>,
    /// From the intended begin.
    #[serde(with = "super::text")]
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
        self.add_times(other);
        for (code, count) in &other.errors {
            *self.errors.entry(code.clone()).or_default() += count;
        }
    }

    /// Puts the times of `other` into these, and no count.
    pub(crate) fn add_times(&mut self, other: &Self) {
        // Both resize by themselves, so that nothing can be out of range.
        let _ = self.service.add(&other.service);
        let _ = self.intended.add(&other.intended);
    }

    /// Takes one pair of times, microseconds; the histograms grow as they must, so that no value is out of range.
    pub(super) fn put(&mut self, service: u64, intended: u64) {
        let _ = self.service.record(service);
        let _ = self.intended.record(intended);
    }

    /// Forgets everything, keeps the memory.
    pub(super) fn reset(&mut self) {
        self.count = 0;
        self.service.reset();
        self.intended.reset();
        self.errors.clear();
    }
}

/// An empty histogram that grows as it must.
pub(crate) fn histogram() -> Histogram<u64> {
    Histogram::new(DIGITS).expect("the number of digits is a constant in range")
}

/// Counts and first example of an error code, over all operations and the whole run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Example {
    pub(crate) count: u64,
    pub(crate) text: String,
    /// Since the start of the run.
    pub(crate) first: Duration,
    /// The last messages of the session to which it happened.
    pub(crate) transcript: Vec<String>,
}

/// Takes the times and errors of all sessions.
#[derive(Debug)]
pub struct Recorder {
    phases: Phases,
    shards: Shards,
    collected: Mutex<Collected>,
    examples: Mutex<IndexMap<String, Example>>,
    /// Names of the scenario's own operations.
    own: Vec<String>,
    /// Counters of the whole run.
    pub counters: Counters,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Figures stay figures after a panic elsewhere.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Longest time that is told apart: a day.
const LONGEST: u64 = 86_400_000_000;

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(LONGEST).min(LONGEST)
}

impl Recorder {
    /// A recorder for a run with `phases`.
    pub fn new(phases: Phases) -> Self {
        Self::with_own(phases, Vec::new())
    }

    /// The same, with operations of the scenario's own.
    pub fn with_own(phases: Phases, own: Vec<String>) -> Self {
        Self {
            phases,
            shards: Shards::new(),
            collected: Mutex::new(Collected::new(Operation::ALL.len() + own.len())),
            examples: Mutex::default(),
            own,
            counters: Counters::default(),
        }
    }

    /// The phases of the run.
    pub fn phases(&self) -> &Phases {
        &self.phases
    }

    /// Names of all operations, those of the scenario behind those that every run has: the order of
    /// [`tallies`](Self::tallies).
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let built_in: [&str; Operation::ALL.len()] = Operation::ALL.map(Operation::name);
        built_in.into_iter().chain(self.own.iter().map(String::as_str))
    }

    fn is_judged(&self, operation: OperationId, due: Instant) -> bool {
        let always = operation.built_in().is_some_and(|operation| !operation.is_windowed());
        always || self.phases.is_steady(due)
    }

    /// An operation succeeded.
    pub fn success(&self, operation: impl Into<OperationId>, timing: Timing) {
        self.put(operation.into(), timing, None);
    }

    /// The next progress update came; until then the query stood at `percent`.
    pub fn cadence(&self, percent: Option<f64>, timing: Timing) {
        self.put(Operation::ProgressCadence.into(), timing, percent.map(Tenth::of));
    }

    fn put(&self, operation: OperationId, timing: Timing, tenth: Option<Tenth>) {
        self.shards.put(Sample {
            service: micros(timing.done.saturating_duration_since(timing.begun)),
            intended: micros(timing.done.saturating_duration_since(timing.due)),
            operation,
            judged: self.is_judged(operation, timing.due),
            tenth,
        });
    }

    /// An operation failed at once: counted, but its time says nothing.
    pub fn failure(&self, operation: impl Into<OperationId>, due: Instant, code: &str, example: &str) {
        let operation = operation.into();
        self.note(code, example);
        lock(&self.collected).failed(operation, self.is_judged(operation, due), code);
    }

    /// An operation was given up after waiting: its time until then is a lower bound and goes into the
    /// histograms, or a stall would vanish from them.
    pub fn given_up(&self, operation: impl Into<OperationId>, timing: Timing, code: &str, example: &str) {
        let operation = operation.into();
        self.note(code, example);
        let judged = self.is_judged(operation, timing.due);
        lock(&self.collected).given_up(operation, judged, code);
        self.success(operation, timing);
    }

    /// An error that belongs to no operation, such as a connection lost between two of them.
    pub fn note(&self, code: &str, example: &str) {
        self.counters.errors.fetch_add(1, Relaxed);
        let mut examples = lock(&self.examples);
        let code = if examples.len() < MOST_CODES || examples.contains_key(code) { code } else { "other" };
        let first = || Example {
            count: 0,
            text: example.chars().take(300).collect(),
            first: Instant::now().saturating_duration_since(self.phases.start),
            transcript: Vec::new(),
        };
        examples.entry(code.to_owned()).or_insert_with(first).count += 1;
    }

    /// Tells the first example of `code` with the `transcript` of the session to which it happened. To be called
    /// right after the error was noted; later ones change nothing.
    pub(crate) fn witness(&self, code: &str, transcript: impl FnOnce() -> Vec<String>) {
        if let Some(example) =
            lock(&self.examples).get_mut(code).filter(|example| example.transcript.is_empty())
        {
            example.transcript = transcript();
        }
    }

    /// Puts what the threads have measured into the histograms. To be called often: until then every time is
    /// kept by itself.
    pub fn collect(&self) {
        let mut collected = lock(&self.collected);
        self.shards.drain(|sample| collected.take(sample));
    }

    /// Histograms and errors of every operation, of what is judged.
    pub fn tallies(&self) -> Vec<Tally> {
        self.collect();
        all(&lock(&self.collected).judged)
    }

    /// The same of what is not: warm-up, ramp and drain.
    pub fn tallies_apart(&self) -> Vec<Tally> {
        self.collect();
        all(&lock(&self.collected).apart)
    }

    /// Shows the histograms and errors of every operation that happened, of what is judged, as they stand after
    /// the last [`collect`](Self::collect).
    pub(crate) fn show_judged(&self, mut look: impl FnMut(&str, &Tally)) {
        let collected = lock(&self.collected);
        for (operation, tally) in self.names().zip(&collected.judged) {
            if let Some(tally) = tally {
                look(operation, tally);
            }
        }
    }

    /// How long queries stood still in each tenth of their way, of what is judged: the tenth's number with its
    /// histogram, where there is any.
    pub(crate) fn standstills(&self) -> Vec<(usize, Histogram<u64>)> {
        self.collect();
        lock(&self.collected).standstills()
    }

    /// Error codes with their first examples.
    pub(crate) fn examples(&self) -> IndexMap<String, Example> {
        lock(&self.examples).clone()
    }

    /// Ends a second: its times, and its histograms for `log`.
    pub(crate) fn take_second(&self, mut log: impl FnMut(&str, &Tally)) -> SecondTimes {
        self.collect();
        let mut collected = lock(&self.collected);
        for (operation, tally) in self.names().zip(&mut collected.second) {
            if let Some(tally) = tally.as_mut().filter(|tally| tally.count > 0) {
                log(operation, tally);
                tally.reset();
            }
        }
        collected.take_second()
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
            recorder.success(Operation::Heartbeat, timing(due));
            recorder.success(Operation::Connect, timing(due));
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
        recorder.success(Operation::QueryResult, timing);
        let tally = &recorder.tallies()[Operation::QueryResult as usize];
        let near = |value: u64, seconds: u64| value.abs_diff(seconds * 1_000_000) < seconds * 1_000;
        assert!(near(tally.service.max(), 1) && near(tally.intended.max(), 5));
    }

    #[tokio::test(start_paused = true)]
    async fn standstills_are_told_by_the_percent_at_which_they_began() {
        let phases = phases();
        let recorder = Recorder::new(phases);
        let timing = |ms| Timing::unscheduled(phases.steady, phases.steady + Duration::from_millis(ms));
        for (percent, ms) in
            [(Some(0.0), 10), (Some(42.0), 20), (Some(49.9), 40), (Some(100.0), 5), (None, 70)]
        {
            recorder.cadence(percent, timing(ms));
        }
        recorder.cadence(Some(42.0), Timing::unscheduled(phases.start, phases.steady));
        let stood = recorder.standstills();
        let seen: Vec<_> =
            stood.iter().map(|(tenth, times)| (*tenth, times.len(), times.max() / 1_000)).collect();
        assert_eq!(seen, [(0, 1, 10), (4, 2, 40), (9, 1, 5)], "the ramp is not judged");
        assert_eq!(recorder.tallies()[Operation::ProgressCadence as usize].count, 5);
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_example_keeps_its_witness() {
        let recorder = Recorder::new(phases());
        recorder.note("lost", "first");
        recorder.witness("lost", || vec!["a".to_owned()]);
        recorder.note("lost", "second");
        recorder.witness("lost", || vec!["b".to_owned()]);
        recorder.witness("never", || panic!("nothing of this code was noted"));
        let example = &recorder.examples()["lost"];
        assert_eq!(
            (example.count, example.text.as_str(), &example.transcript),
            (2, "first", &vec!["a".to_owned()])
        );
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
        recorder.given_up(Operation::QueryResult, timing, "timeout", "no answer");
        let tally = &recorder.tallies()[Operation::QueryResult as usize];
        assert_eq!((tally.count, tally.errors["timeout"]), (1, 1));
        assert!(tally.service.max() >= 29_000_000);
        assert_eq!(recorder.examples()["timeout"].text, "no answer");
    }
}
