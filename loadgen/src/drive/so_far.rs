//! What is known of a run while it lasts, by the functions that make its report.

use std::sync::atomic::Ordering::Relaxed;

use reports::model::Quantiles;

use super::monitor::Sight;
use super::{report, takings};
use crate::live::{Buckets, Detail, LiveThreshold, OperationTimes};
use crate::measure::Operation;
use crate::session::Shared;
use crate::threshold::Measured;
use crate::verdict::{Joint, judge_instruments};

/// What is known so far. The histograms are looked at where they are, and no curves are drawn.
pub(super) fn so_far(shared: &Shared, sight: Sight<'_>) -> Detail {
    let mut send_lag = Quantiles::default();
    let (mut operations, mut times) = (Vec::new(), Vec::new());
    shared.recorder.show_judged(|operation, tally| {
        if operation == Operation::SendLag.name() {
            send_lag = Quantiles::of(&tally.service);
        } else if tally.count > 0 {
            operations.push(report::operation(operation, tally));
        }
        let (service, intended) = (Buckets::of(&tally.service), Buckets::of(&tally.intended));
        times.push(OperationTimes { name: operation.to_owned().into(), service, intended });
    });
    let sessions = takings::sessions(shared);
    let instrument = takings::instrument(shared, sight, send_lag);
    let joint = Joint { send_lag, contradictions: Vec::new() };
    let mut detail = Detail {
        scenario: shared.scenario.name.clone(),
        target: shared.target.name().to_owned(),
        model: report::model(&shared.scenario),
        over: false,
        row: sight.rows.last().cloned().unwrap_or_default(),
        duration_s: takings::duration(shared, sight.end).as_secs_f64(),
        sessions,
        messages: takings::messages(shared),
        arrivals: takings::arrivals(shared),
        queries: shared.recorder.counters.queries.load(Relaxed),
        errors: takings::errors(shared),
        operations,
        times,
        second: Vec::new(),
        generator: judge_instruments(&[instrument], joint, &shared.scenario.generator),
        server: report::server(&shared.scenario, sight.rows, takings::server(shared, sight), sessions.peak),
        thresholds: Vec::new(),
    };
    let measured = Measured::so_far(&detail, sight.rows);
    let thresholds = shared.scenario.thresholds.iter();
    detail.thresholds = thresholds.map(|threshold| LiveThreshold::judge(threshold, &measured)).collect();
    detail
}
