//! What one thread has measured since the last look: plain values, cheap to take.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::OperationId;
use super::recorder::lock;

/// Shards at most; threads beyond that share.
const MOST: usize = 16;

/// One measured operation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    /// Microseconds from the real begin.
    pub(super) service: u64,
    /// Microseconds from the intended begin.
    pub(super) intended: u64,
    pub(super) operation: OperationId,
    /// False for warm-up, ramp and drain.
    pub(super) judged: bool,
    /// How far the query was when this began, where it is about progress: which tenth.
    pub(super) tenth: Option<Tenth>,
}

/// One tenth of the way of a query, by percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tenth(u8);

impl Tenth {
    /// Their number.
    pub(super) const ALL: usize = 10;

    /// The one in which `percent` lies; 100 belongs to the last.
    pub(super) fn of(percent: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0 to 9")]
        Self((percent / 10.0).clamp(0.0, 9.0) as u8)
    }

    pub(super) fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// Samples by thread, so that threads do not wait for each other.
#[derive(Debug)]
pub(super) struct Shards(Vec<Mutex<Vec<Sample>>>);

/// Which shard this thread writes to.
fn own() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static OWN: usize = NEXT.fetch_add(1, Relaxed);
    }
    OWN.with(|own| *own)
}

impl Shards {
    pub(super) fn new() -> Self {
        let count = std::thread::available_parallelism().map_or(2, usize::from).clamp(1, MOST);
        Self(std::iter::repeat_with(Mutex::default).take(count).collect())
    }

    pub(super) fn put(&self, sample: Sample) {
        lock(&self.0[own() % self.0.len()]).push(sample);
    }

    /// Hands every sample to `take` and forgets it.
    pub(super) fn drain(&self, mut take: impl FnMut(Sample)) {
        let mut samples = Vec::new();
        for shard in &self.0 {
            // Exchanged, so that the thread goes on while the samples are worked on.
            std::mem::swap(&mut *lock(shard), &mut samples);
            samples.drain(..).for_each(&mut take);
        }
    }
}
