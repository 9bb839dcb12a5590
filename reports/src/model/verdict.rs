//! The verdict over everything a command did: `verdict.json`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ConformanceCounts, Header, ThresholdResult};

/// Name of the format of `verdict.json`.
pub const SCHEMA_VERDICT: &str = "tidegate.verdict";

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing was violated and nothing was left out.
    Pass,
    /// The target violated something.
    Fail,
    /// The instrument can't say.
    Invalid,
}

/// What kind of finding a reason is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReasonKind {
    /// A check failed.
    Check,
    /// A check could not be run.
    NotRun,
    /// A check fails that did not fail in the run it is compared with.
    NewlyFailing,
    /// A check no longer counts that passed in the run it is compared with.
    Dropped,
    /// A check passed in some runs and failed in others.
    Flaky,
    /// A baseline entry is stale.
    StaleBaseline,
    /// A threshold was missed.
    Threshold,
    /// A figure is surely worse than in the runs it is compared with.
    Worse,
    /// The server holds less than it should.
    Capacity,
    /// There were too few runs, or nothing common to them, to show anything.
    Inconclusive,
    /// A mutant survived, or died for another reason.
    Mutant,
    /// The generator was the limit.
    Generator,
    /// The target could not be reached, or went away.
    Target,
    /// The instrument failed.
    Harness,
    /// The run was interrupted.
    Interrupted,
}

/// One reason behind a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reason {
    /// What kind of finding it is.
    pub kind: ReasonKind,
    /// Check id, threshold name, mutant id or the like.
    pub id: String,
    /// One sentence.
    pub text: String,
}

/// The load run in short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LoadSummary {
    /// Peak of live sessions.
    pub sessions: u64,
    /// Messages sent and received.
    pub messages: u64,
    /// Every threshold.
    pub thresholds: Vec<ThresholdResult>,
}

/// The file `verdict.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VerdictReport {
    /// Common fields.
    #[serde(flatten)]
    pub header: Header,
    /// The command that ran, such as `gate`.
    pub command: String,
    /// The answer.
    pub verdict: Verdict,
    /// Exit code of the process.
    pub exit_code: u8,
    /// Why, the gravest first; empty on a pass.
    pub reasons: Vec<Reason>,
    /// Checks by status, all zero when none were asked for.
    pub checks: ConformanceCounts,
    /// The load run, when there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<LoadSummary>,
}
