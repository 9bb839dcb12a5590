//! What is known of a run while it lasts, by the functions that make its report.

use reports::model::{OperationReport, Quantiles, TimelineRow};
use scenarios::Scenario;

use super::monitor::Sight;
use super::{report, takings};
use crate::live::{Buckets, Detail, LiveThreshold, OperationTimes};
use crate::measure::{Operation, Tally};
use crate::session::Shared;
use crate::shards::Takings;
use crate::threshold::Measured;
use crate::verdict::{Joint, judge_instruments};

/// The times of what is judged. Histograms are looked at where they are, and no curves are drawn.
#[derive(Debug, Default)]
pub(crate) struct Known {
    send_lag: Quantiles,
    operations: Vec<OperationReport>,
    times: Vec<OperationTimes>,
}

impl Known {
    /// Looks at one operation that happened.
    pub(crate) fn look(&mut self, operation: &str, tally: &Tally) {
        if operation == Operation::SendLag.name() {
            self.send_lag = Quantiles::of(&tally.service);
        } else if tally.count > 0 {
            self.operations.push(report::operation(operation, tally));
        }
        let (service, intended) = (Buckets::of(&tally.service), Buckets::of(&tally.intended));
        self.times.push(OperationTimes { name: operation.to_owned().into(), service, intended });
    }
}

/// What is known so far to the process that plays.
pub(super) fn so_far(shared: &Shared, sight: Sight<'_>) -> Detail {
    let mut known = Known::default();
    shared.recorder.show_judged(|operation, tally| known.look(operation, tally));
    let takings = takings::so_far(shared, sight, known.send_lag);
    detail(&shared.scenario, shared.target.name(), known, takings, sight.rows)
}

/// From what was measured so far, whether one process measured or many. The histograms are in `known`, the seconds in
/// `rows`.
pub(crate) fn detail(
    scenario: &Scenario,
    target: &str,
    known: Known,
    takings: Takings,
    rows: &[TimelineRow],
) -> Detail {
    let joint = Joint { send_lag: known.send_lag, contradictions: Vec::new() };
    let process = takings.server.unwrap_or_default();
    let mut detail = Detail {
        scenario: scenario.name.clone(),
        target: target.to_owned(),
        model: report::model(scenario),
        over: false,
        row: rows.last().cloned().unwrap_or_default(),
        duration_s: takings.duration.as_secs_f64(),
        sessions: takings.sessions,
        messages: takings.messages,
        arrivals: takings.arrivals,
        queries: rows.iter().map(|row| row.queries).sum(),
        errors: takings.errors,
        operations: known.operations,
        times: known.times,
        second: Vec::new(),
        generator: judge_instruments(&takings.instruments, joint, &scenario.generator),
        server: report::server(scenario, rows, process, takings.sessions.peak),
        thresholds: Vec::new(),
    };
    let measured = Measured::so_far(&detail, rows);
    let thresholds = scenario.thresholds.iter();
    detail.thresholds = thresholds.map(|threshold| LiveThreshold::judge(threshold, &measured)).collect();
    detail
}
