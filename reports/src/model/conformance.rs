//! Results of the conformance suite: `conformance.json`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Header, InstrumentFigures, Repetition, RunCounts};

/// Name of the format of `conformance.json`.
pub const SCHEMA_CONFORMANCE: &str = "tidegate.conformance";

/// How binding a requirement is (RFC 2119).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// A violation fails the run.
    Must,
    /// A violation is a warning.
    Should,
    /// Optional behaviour, judged only where it is offered.
    May,
}

/// What became of one check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckStatus {
    /// The target does what the requirement says.
    Passed,
    /// The target violates a MUST.
    Failed,
    /// The target violates a SHOULD.
    Warning,
    /// The target declared that it does not have the feature.
    NotApplicable,
    /// The check could not be carried out; never counts as green.
    NotRun,
    /// Run, reported apart, without influence on the verdict, as the target file says why.
    Quarantined,
    /// Failed as the baseline says it does.
    KnownFailing,
}

/// Why a check did not pass: a stable code for machines, expected and actual for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FailureReason {
    /// Stable code, such as `late`, `missing`, `wrong_close_code`.
    pub code: String,
    /// What the requirement asks for.
    pub expected: String,
    /// What was seen.
    pub actual: String,
    /// One sentence that says it all.
    pub text: String,
}

/// The result of one check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckResult {
    /// Stable id of the check, such as `handshake.established-first`.
    pub id: String,
    /// One line for people.
    pub title: String,
    /// Area the check belongs to.
    pub area: String,
    /// Level of the strongest requirement it cites.
    pub level: Level,
    /// Ids of the requirements it cites.
    pub requirements: Vec<String>,
    /// The clause in words, so that a report stands alone.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub clause: String,
    /// Outcome.
    pub status: CheckStatus,
    /// Present whenever `status` is not `passed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<FailureReason>,
    /// Time the check took, in milliseconds.
    pub duration_ms: f64,
    /// Path of the wire transcript, relative to the run's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transcript: Option<String>,
    /// What a first run beside other checks found, when the check was then run again alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_first: Option<FailureReason>,
    /// Path of the wire transcript of that first run, relative to the run's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_first_transcript: Option<String>,
    /// How its runs ended, when the suite was run several times. `status` is then the worst of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runs: Option<RunCounts>,
}

/// How many checks ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConformanceCounts {
    /// Checks that passed.
    pub passed: u64,
    /// MUST violations.
    pub failed: u64,
    /// SHOULD violations.
    pub warning: u64,
    /// Declared as not offered by the target.
    pub not_applicable: u64,
    /// Could not be carried out.
    pub not_run: u64,
    /// Reported apart.
    pub quarantined: u64,
    /// Failing as the baseline says.
    pub known_failing: u64,
    /// All of them.
    pub total: u64,
}

impl ConformanceCounts {
    /// Counts `results` by status.
    pub fn of(results: &[CheckResult]) -> Self {
        let mut counts = Self { total: results.len() as u64, ..Self::default() };
        for result in results {
            *match result.status {
                CheckStatus::Passed => &mut counts.passed,
                CheckStatus::Failed => &mut counts.failed,
                CheckStatus::Warning => &mut counts.warning,
                CheckStatus::NotApplicable => &mut counts.not_applicable,
                CheckStatus::NotRun => &mut counts.not_run,
                CheckStatus::Quarantined => &mut counts.quarantined,
                CheckStatus::KnownFailing => &mut counts.known_failing,
            } += 1;
        }
        counts
    }

    /// Checks that say something about the target: those that were carried out and count.
    pub fn judged(&self) -> u64 {
        self.passed + self.failed + self.warning + self.known_failing
    }
}

/// The file `conformance.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConformanceReport {
    /// Common fields.
    #[serde(flatten)]
    pub header: Header,
    /// Name of the target, as its file says, or its URL.
    pub target: String,
    /// Wall time of the whole suite in milliseconds.
    pub duration_ms: f64,
    /// Round trip to the target that timing was judged by, in milliseconds.
    pub round_trip_ms: f64,
    /// The longest of the measured round trips, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round_trip_worst_ms: Option<f64>,
    /// Version of the requirements the target was held to; those of today without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// How steady the instrument was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instrument: Option<InstrumentFigures>,
    /// The runs, when there were several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repetition: Option<Repetition>,
    /// How the target went away before the end, when it did and was not back: the rest of its checks were not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_gone: Option<String>,
    /// Counts by status.
    pub counts: ConformanceCounts,
    /// Baseline entries that no longer fail: each fails the run.
    pub stale_baseline: Vec<String>,
    /// One entry a check, in the suite's own order.
    pub results: Vec<CheckResult>,
}
