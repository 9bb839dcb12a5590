//! What is known of a run while it lasts.

use std::borrow::Cow;
use std::time::Duration;

use reports::model::{
    ArrivalCounts, ErrorExample, GeneratorFigures, LoadModel, MessageCounts, OperationReport, Quantiles,
    ServerFigures, SessionCounts, ThresholdResult, TimelineRow,
};
use scenarios::threshold::{Counter, Measure, Threshold};

use super::Buckets;
use crate::threshold::{Figures, is_missed, judge};

/// What is known of a run at the end of one of its seconds. Where it has the figures of the report it has them
/// under the same names, made by the same functions, so that those of the last second are the report's.
#[derive(Debug, Clone, PartialEq)]
pub struct Detail {
    /// Name of the scenario.
    pub scenario: String,
    /// What is under load.
    pub target: String,
    /// How work arrives.
    pub model: LoadModel,
    /// True when the run is over: nothing of this changes any more.
    pub over: bool,
    /// The second that is over.
    pub row: TimelineRow,
    /// Length of the measured phase so far, seconds.
    pub duration_s: f64,
    /// Sessions asked for and held.
    pub sessions: SessionCounts,
    /// Messages so far. What was lost, doubled and reordered is known once the books of a session are closed.
    pub messages: MessageCounts,
    /// Arrivals so far, in the open model.
    pub arrivals: Option<ArrivalCounts>,
    /// Queries that came to a terminal message so far.
    pub queries: u64,
    /// Errors so far by code, with their first examples, the most frequent first.
    pub errors: Vec<ErrorExample>,
    /// Operations that happened so far, of what is judged, without their curves.
    pub operations: Vec<OperationReport>,
    /// Their times in buckets, and those of the send lag.
    pub times: Vec<OperationTimes>,
    /// Times of the second that is over, by operation.
    pub second: Vec<SecondTimes>,
    /// Is the instrument to be believed, as far as can be told?
    pub generator: GeneratorFigures,
    /// The server's figures so far, its own counting excepted.
    pub server: ServerFigures,
    /// The scenario's limits as they stand.
    pub thresholds: Vec<LiveThreshold>,
}

/// Times of one operation, of what is judged.
#[derive(Debug, Clone, PartialEq)]
pub struct OperationTimes {
    /// Name of the operation.
    pub name: Cow<'static, str>,
    /// Times from the real begin.
    pub service: Buckets,
    /// Times from the intended begin.
    pub intended: Buckets,
}

/// Times of one operation that ended in one second and are judged.
#[derive(Debug, Clone, PartialEq)]
pub struct SecondTimes {
    /// Name of the operation.
    pub name: Cow<'static, str>,
    /// From the real begin, microseconds.
    pub service_us: Quantiles,
    /// From the intended begin, microseconds.
    pub intended_us: Quantiles,
}

/// How a limit stands while the run lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThresholdState {
    /// By what was measured so far it is kept.
    Kept,
    /// By what was measured so far it is missed.
    Missed,
    /// Nothing was measured yet, or it is only known at the end.
    Open,
}

/// One limit of the scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveThreshold {
    /// As it would come out now.
    pub result: ThresholdResult,
    /// How it stands.
    pub state: ThresholdState,
    /// After being missed for so long it ends the run.
    pub abort: Option<Duration>,
}

impl LiveThreshold {
    /// `threshold` by what is known so far.
    pub fn judge(threshold: &Threshold, figures: &impl Figures) -> Self {
        let result = judge(threshold, figures);
        // Nothing lost so far is what any run says before its books are closed.
        let nothing_yet = result.value == Some(0.0) && is_closed_at_the_end(&threshold.measure);
        let state = match result.ok {
            _ if nothing_yet => ThresholdState::Open,
            true => ThresholdState::Kept,
            false if is_missed(threshold, figures) => ThresholdState::Missed,
            false => ThresholdState::Open,
        };
        Self { result, state, abort: threshold.abort }
    }
}

/// True for what is counted when the books of the sessions are closed.
fn is_closed_at_the_end(measure: &Measure) -> bool {
    let Measure::Counter(counter) = measure else { return false };
    matches!(counter, Counter::Lost | Counter::Duplicated | Counter::OutOfOrder | Counter::Replayed)
}

impl Detail {
    /// The operation that says most about the target: the answer to a question, else the round trip of a heartbeat,
    /// else whichever happened most often.
    pub fn leading(&self) -> Option<&str> {
        let named = |name: &str| self.operations.iter().find(|operation| operation.name == name);
        let most = || self.operations.iter().max_by_key(|operation| operation.count);
        let found = named("query.result").or_else(|| named("heartbeat")).or_else(most);
        found.map(|operation| operation.name.as_str())
    }
}
