//! What all sessions of a generic run share: the script, its data, and counters that go over the whole run.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use scenarios::script::{Rows, Script};
use scenarios::{Application, Scenario, ScenarioError};

use crate::shards::Share;

/// The script with its data.
#[derive(Debug)]
pub(crate) struct Playbook {
    pub(crate) script: Script,
    pub(super) rows: Vec<Rows>,
    counter: AtomicU64,
    /// How many rows each source has given out.
    given: Vec<AtomicU64>,
}

impl Playbook {
    /// That of `scenario`; `None` where Tidegate's own protocol is spoken.
    pub(crate) fn of(scenario: &Scenario, share: Share) -> Result<Option<Self>, ScenarioError> {
        if scenario.application != Application::Generic {
            return Ok(None);
        }
        let script = Script::of(scenario)?;
        let rows = script.rows(scenario)?;
        let given = rows.iter().map(|_| AtomicU64::new(0)).collect();
        // Another part of the run counts elsewhere.
        let counter = AtomicU64::new(u64::from(share.index()) << 40);
        Ok(Some(Self { script, rows, counter, given }))
    }

    /// A number that nobody has had yet.
    pub(super) fn count(&self) -> u64 {
        self.counter.fetch_add(1, Relaxed)
    }

    /// The next row of a source.
    pub(super) fn next_row(&self, source: usize) -> usize {
        usize::try_from(self.given[source].fetch_add(1, Relaxed)).unwrap_or_default()
    }

    /// Files a session has open at most: its connections, and one for requests.
    pub(crate) fn files(&self) -> u64 {
        self.script.channels.len() as u64 + 1
    }

    /// How long a session that shall end may go on with what it is doing.
    pub(crate) fn grace(&self, close: Duration) -> Duration {
        self.script.longest_wait() + close * 2
    }
}
