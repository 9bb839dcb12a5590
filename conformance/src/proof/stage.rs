//! What every part of a proof needs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::Error;
use crate::checks::{Check, Pace};
use crate::peer::Transcript;
use crate::runner::{Attempt, attempt, places, write_transcript};
use crate::target::{Target, Targets};

/// A neighbour is only worth its time when it is quick.
const QUICK: Duration = Duration::from_secs(1);

/// What every part of a proof needs.
pub(super) struct Stage {
    pub(super) pace: Pace,
    pub(super) seed: u64,
    pub(super) slots: Semaphore,
    /// Places of the checks that say what they weigh.
    pub(super) scales: Semaphore,
    pub(super) checks: Vec<Check>,
    /// The clean references.
    pub(super) targets: Targets,
    /// How long each check took on the clean reference.
    pub(super) durations: Mutex<BTreeMap<&'static str, Duration>>,
    /// Where transcripts go.
    pub(super) folder: Option<PathBuf>,
}

impl Stage {
    /// The clean reference, in the configuration called `variant`.
    pub(super) fn target(&self, variant: Option<&'static str>) -> Result<&Target, Error> {
        self.targets.named(variant).ok_or_else(|| Error::Data(format!("no variant {variant:?} was started")))
    }

    /// The check called `id`.
    pub(super) fn check(&self, id: &str) -> Result<&Check, Error> {
        let found = self.checks.iter().find(|check| check.id == id);
        found.ok_or_else(|| Error::Data(format!("no check is called {id}")))
    }

    /// A place for `check`. The semaphores are never closed: without a permit it would merely be more at one
    /// time.
    pub(super) async fn slot(&self, check: &Check) -> Option<SemaphorePermit<'_>> {
        let slots = if check.weight > 0 { &self.scales } else { &self.slots };
        slots.acquire_many(places(check)).await.ok()
    }

    /// Runs `check` once, when there is room for it.
    pub(super) async fn attempt(&self, check: &Check, target: &Target) -> Attempt {
        let _slot = self.slot(check).await;
        attempt(check, target, self.pace, self.seed).await
    }

    /// Keeps `transcript` under `name` where there is a folder for it; gives its path in there.
    pub(super) fn keep(&self, name: &str, transcript: Option<&Transcript>) -> Result<Option<String>, Error> {
        let (Some(folder), Some(transcript)) = (&self.folder, transcript) else { return Ok(None) };
        write_transcript(folder, name, transcript).map(Some)
    }

    /// The same for what a check and the mutant called `id` said to each other.
    pub(super) fn keep_of_mutant(
        &self,
        id: &str,
        transcript: Option<&Transcript>,
    ) -> Result<Option<String>, Error> {
        // A mutant may be called as a check is.
        self.keep(&format!("mutant.{id}"), transcript)
    }

    /// Remembers how long `check` took.
    pub(super) fn took(&self, check: &Check, time: Duration) {
        self.durations.lock().unwrap_or_else(PoisonError::into_inner).insert(check.id, time);
    }

    /// The quick checks of the same area and configuration as `named`, those of the same requirement first.
    pub(super) fn neighbours(&self, named: &Check) -> Vec<Check> {
        let durations = self.durations.lock().unwrap_or_else(PoisonError::into_inner);
        let time = |check: &Check| durations.get(check.id).copied().unwrap_or(QUICK);
        let near = |check: &Check| check.requirements.iter().any(|id| named.requirements.contains(id));
        let mut found: Vec<&Check> = self
            .checks
            .iter()
            .filter(|check| check.area() == named.area() && check.id != named.id)
            .filter(|check| check.variant == named.variant && time(check) < QUICK && !check.own_process)
            .collect();
        found.sort_by_key(|check| (!near(check), time(check)));
        found.into_iter().cloned().collect()
    }
}
