//! The sums: what all threads measured, in histograms; the second that is running, apart.

use hdrhistogram::Histogram;
use indexmap::IndexMap;

use super::recorder::{MOST_CODES, histogram};
use super::shard::{Sample, Tenth};
use super::{Operation, OperationId, Tally};

/// Histograms that come into being with their first value, by [`OperationId::index`].
pub(super) type Tallies = Vec<Option<Box<Tally>>>;

/// What was measured so far.
#[derive(Debug)]
pub(super) struct Collected {
    /// What is judged: the steady phase, and connecting whenever it was.
    pub(super) judged: Tallies,
    /// Warm-up, ramp and drain.
    pub(super) apart: Tallies,
    /// What ended in the running second and is judged.
    pub(super) second: Tallies,
    /// From one progress update to the next, by the tenth of the way, of what is judged.
    standstills: [Option<Box<Histogram<u64>>>; Tenth::ALL],
    /// Times of the running second.
    times: SecondTimes,
}

/// Times that ended in one second, judged or not, microseconds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SecondTimes {
    /// To the first progress.
    pub(crate) progress: Histogram<u64>,
    /// Send lags.
    pub(crate) lag: Histogram<u64>,
    /// Round trips of heartbeats.
    pub(crate) beats: Histogram<u64>,
}

impl Default for SecondTimes {
    fn default() -> Self {
        Self { progress: histogram(), lag: histogram(), beats: histogram() }
    }
}

impl Collected {
    /// Room for `count` operations.
    pub(super) fn new(count: usize) -> Self {
        let none = || std::iter::repeat_with(|| None).take(count).collect();
        Self {
            judged: none(),
            apart: none(),
            second: none(),
            standstills: std::array::from_fn(|_| None),
            times: SecondTimes::default(),
        }
    }

    pub(super) fn take(&mut self, sample: Sample) {
        let times = match sample.operation.built_in() {
            // The scenario's own operations stand in its place.
            Some(Operation::ProgressFirst) | None => Some(&mut self.times.progress),
            Some(Operation::SendLag) => Some(&mut self.times.lag),
            Some(Operation::Heartbeat) => Some(&mut self.times.beats),
            Some(_) => None,
        };
        if let Some(times) = times {
            // It grows as it must, so that no value is out of range.
            let _ = times.record(sample.service);
        }
        let index = sample.operation.index();
        if index >= self.judged.len() {
            return;
        }
        if let Some(tenth) = sample.tenth.filter(|_| sample.judged) {
            let times = self.standstills[tenth.index()].get_or_insert_with(|| Box::new(histogram()));
            // It grows as it must, so that no value is out of range.
            let _ = times.record(sample.service);
        }
        if sample.judged {
            put(&mut self.judged[index], sample);
            put(&mut self.second[index], sample);
        } else {
            put(&mut self.apart[index], sample);
        }
    }

    /// A failure that has no time of its own.
    pub(super) fn failed(&mut self, operation: OperationId, judged: bool, code: &str) {
        let tallies = if judged { &mut self.judged } else { &mut self.apart };
        let Some(tally) = tallies.get_mut(operation.index()) else { return };
        let tally = tally.get_or_insert_default();
        count_error(&mut tally.errors, code);
        tally.count += 1;
    }

    /// A failure whose time comes as a sample and is counted by it.
    pub(super) fn given_up(&mut self, operation: OperationId, judged: bool, code: &str) {
        let tallies = if judged { &mut self.judged } else { &mut self.apart };
        if let Some(tally) = tallies.get_mut(operation.index()) {
            count_error(&mut tally.get_or_insert_default().errors, code);
        }
    }

    /// Tenths of the way with the times from one update to the next.
    pub(super) fn standstills(&self) -> Vec<(usize, Histogram<u64>)> {
        let known = self.standstills.iter().enumerate();
        known.filter_map(|(tenth, times)| Some((tenth, (**times.as_ref()?).clone()))).collect()
    }

    /// The times of the second that is over.
    pub(super) fn take_second(&mut self) -> SecondTimes {
        std::mem::take(&mut self.times)
    }
}

fn put(tally: &mut Option<Box<Tally>>, sample: Sample) {
    let tally = tally.get_or_insert_default();
    tally.count += 1;
    tally.put(sample.service, sample.intended);
}

pub(super) fn count_error(errors: &mut IndexMap<String, u64>, code: &str) {
    let code = if errors.len() < MOST_CODES || errors.contains_key(code) { code } else { "other" };
    *errors.entry(code.to_owned()).or_default() += 1;
}

/// One tally for each operation, empty where nothing happened.
pub(super) fn all(tallies: &[Option<Box<Tally>>]) -> Vec<Tally> {
    tallies.iter().map(|tally| tally.as_deref().cloned().unwrap_or_default()).collect()
}
