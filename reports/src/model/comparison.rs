//! Two conformance runs, or two sets of load runs, beside each other: `compare.json`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CheckStatus, ConformanceCounts, FailureReason, Header, Level, LoadComparison};

/// Name of the format of `compare.json`.
pub const SCHEMA_COMPARE: &str = "tidegate.compare";

/// How a check came out differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It fails or can't be run, and did not before or was not there: fails the comparison.
    NewlyFailing,
    /// It passed and no longer counts: gone, not applicable, in quarantine, or tolerated by the baseline. Fails the
    /// comparison unless that is allowed.
    Dropped,
    /// It was failing and passes.
    NewlyPassing,
    /// It fails for another reason.
    ChangedReason,
    /// Its outcome changed in another way, such as from passed to a warning.
    Changed,
    /// It is not in the second run, and had not passed in the first.
    Gone,
    /// It is not in the first run, and does not fail in the second.
    New,
}

/// What one run says of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Side {
    /// Outcome.
    pub status: CheckStatus,
    /// Why, when it did not pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<FailureReason>,
}

/// A check that came out differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// How.
    pub kind: ChangeKind,
    /// Id of the check.
    pub id: String,
    /// One line for people.
    pub title: String,
    /// Area.
    pub area: String,
    /// Level of the strongest requirement.
    pub level: Level,
    /// In the first run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Side>,
    /// In the second run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Side>,
}

/// One of the two runs; of several, the first one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComparedRun {
    /// Folder, as it was given.
    pub folder: String,
    /// Name of the target.
    pub target: String,
    /// Start of the run (UTC).
    pub started_at: jiff::Timestamp,
    /// Version of the tool.
    pub tool_version: String,
    /// Seed.
    pub seed: u64,
    /// Version of the requirements, when it was held to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Checks by status.
    pub counts: ConformanceCounts,
}

/// The file `compare.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComparisonReport {
    /// Common fields.
    #[serde(flatten)]
    pub header: Header,
    /// The first run.
    pub before: ComparedRun,
    /// The second run.
    pub after: ComparedRun,
    /// Checks that came out the same.
    pub unchanged: u64,
    /// Checks that came out differently, the gravest kind first.
    pub changes: Vec<Change>,
    /// Load runs, when these were compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<LoadComparison>,
}

impl ComparisonReport {
    /// How many checks are in both runs.
    pub fn in_both(&self) -> u64 {
        let both = |change: &&Change| change.before.is_some() && change.after.is_some();
        self.unchanged + self.changes.iter().filter(both).count() as u64
    }

    /// Changes of one kind.
    pub fn of(&self, kind: ChangeKind) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |change| change.kind == kind)
    }
}
