//! Results of the proof of the checks: `prove.json`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CheckResult, FailureReason, Header};

/// Name of the format of `prove.json`.
pub const SCHEMA_PROVE: &str = "tidegate.prove";

/// What became of one mutant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MutantResult {
    /// Id of the deliberate violation.
    pub mutant: String,
    /// What it does, in one sentence.
    pub description: String,
    /// The check that must notice it.
    pub check: String,
    /// True when that check failed for the declared reason.
    pub killed: bool,
    /// Reason code the check gave; `None` when the check passed, so that the mutant survived.
    pub reason_code: Option<String>,
    /// The same with both sides, as the check told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<FailureReason>,
    /// Path of the wire transcript, relative to the run's folder, when the mutant was not killed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transcript: Option<String>,
    /// Reason code the mutant declares.
    pub expected_reason_code: String,
    /// Other checks of the same run that noticed it too.
    pub also_killed_by: Vec<String>,
    /// How many other checks were tried on it; the rest had no time.
    #[serde(default)]
    pub also_tried: u64,
    /// Times its own check was tried: twice when it was not noticed while others ran.
    #[serde(default = "once")]
    pub attempts: u64,
    /// Time in milliseconds.
    pub duration_ms: f64,
}

fn once() -> u64 {
    1
}

/// A check that did not pass on the clean reference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CleanFailure {
    /// What it found, and where its transcript is.
    #[serde(flatten)]
    pub result: CheckResult,
    /// True when it passed there, and did not through a proxy that does nothing.
    pub proxied: bool,
}

/// The file `prove.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProofReport {
    /// Common fields.
    #[serde(flatten)]
    pub header: Header,
    /// Checks that failed on the clean reference: each fails the proof.
    pub failed_on_clean: Vec<String>,
    /// What each of these found.
    #[serde(default)]
    pub clean_failures: Vec<CleanFailure>,
    /// One entry a mutant.
    pub mutants: Vec<MutantResult>,
    /// Checks nobody proves: each fails the proof.
    pub checks_without_mutant: Vec<String>,
    /// Wall time in milliseconds.
    pub duration_ms: f64,
}

impl ProofReport {
    /// True when every check is proven both ways.
    pub fn holds(&self) -> bool {
        self.failed_on_clean.is_empty()
            && self.checks_without_mutant.is_empty()
            && self.mutants.iter().all(|mutant| mutant.killed)
    }
}
