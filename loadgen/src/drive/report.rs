//! From what was brought home to the report. Every figure is computed here, once, whether one process measured or
//! many.

use hdrhistogram::Histogram;
use indexmap::IndexMap;
use reports::model::{
    Accounts, DatabaseFigures, Header, LoadModel, LoadReport, OperationReport, ProgressBand, ProgressReport,
    Quantiles, ServerFigures, TimelineRow,
};
use scenarios::{Model, Scenario};

use super::books::Books;
use crate::measure::{Operation, Tally};
use crate::shards::{ServerTakings, Standstill, Takings};
use crate::threshold::judge_thresholds;
use crate::verdict::{Joint, judge_instruments};

/// Seconds after the ramp in which a row still counts as its end: rows come once a second, a little late.
const RAMP_SLACK: f64 = 0.3;

/// What the caller said about the run.
pub(crate) struct Said {
    pub(crate) header: Header,
    pub(crate) database: DatabaseFigures,
    /// Name of the target.
    pub(crate) target: String,
}

/// Makes the report, and judges it by the thresholds of `scenario`.
pub(crate) fn report(scenario: &Scenario, said: Said, takings: Takings) -> LoadReport {
    let books = Books::of(&takings.readings);
    let quantiles = |operation: Operation| {
        let tally = takings.judged.get(operation.name());
        tally.map(|tally| Quantiles::of(&tally.service)).unwrap_or_default()
    };
    let contradictions = books.map(|books| books.contradictions(&takings, scenario));
    let accounts = match &contradictions {
        Some(found) if found.is_empty() => Accounts::Agree,
        Some(_) => Accounts::Contradict,
        None if takings.readings.iter().all(|reading| reading.opened.is_none()) => Accounts::NotTold,
        None => Accounts::NotComparable,
    };
    let joint =
        Joint { send_lag: quantiles(Operation::SendLag), contradictions: contradictions.unwrap_or_default() };
    let timeline: Vec<TimelineRow> = takings.seconds.into_iter().map(|second| second.row).collect();
    let process = takings.server.unwrap_or_default();
    let mut server = server(scenario, &timeline, process, takings.sessions.peak);
    server.messages_sent = books.map(|books| books.sent);
    server.messages_received = books.map(|books| books.received);
    server.accounts = Some(accounts);
    server.inside = takings.inside;
    let mut report = LoadReport {
        header: said.header,
        scenario: scenario.name.clone(),
        model: model(scenario),
        target: said.target,
        duration_s: takings.duration.as_secs_f64(),
        interrupted: takings.interrupted,
        sessions: takings.sessions,
        messages: takings.messages,
        arrivals: takings.arrivals,
        operations: operations(&takings.judged),
        warm_up: operations(&takings.apart),
        progress: ProgressReport {
            time_to_first_us: quantiles(Operation::ProgressFirst),
            longest_gap_us: quantiles(Operation::ProgressGap),
            time_to_result_us: quantiles(Operation::QueryResult),
            by_percent: bands(&takings.standstills),
        },
        server,
        generator: judge_instruments(&takings.instruments, joint, &scenario.generator),
        timeline,
        thresholds: Vec::new(),
        database: said.database,
        errors: takings.errors,
        actions: Vec::new(),
        shards: Vec::new(),
    };
    report.thresholds = judge_thresholds(&scenario.thresholds, &report);
    report
}

pub(super) fn model(scenario: &Scenario) -> LoadModel {
    if scenario.load.model == Model::Open { LoadModel::Open } else { LoadModel::Closed }
}

/// Every operation that happened; send lag is the generator's own and stands there.
fn operations(tallies: &IndexMap<String, Tally>) -> Vec<OperationReport> {
    tallies
        .iter()
        .filter(|(name, _)| *name != Operation::SendLag.name())
        .map(|(name, tally)| OperationReport {
            curve_service: curve(&tally.service),
            curve_intended: curve(&tally.intended),
            ..operation(name, tally)
        })
        .collect()
}

/// One operation, without its curves.
pub(super) fn operation(name: &str, tally: &Tally) -> OperationReport {
    OperationReport {
        name: name.to_owned(),
        count: tally.count,
        errors: tally.errors.clone(),
        service_us: Quantiles::of(&tally.service),
        intended_us: Quantiles::of(&tally.intended),
        curve_service: Vec::new(),
        curve_intended: Vec::new(),
    }
}

/// How long queries stood still, by tenths of their way.
fn bands(standstills: &[Standstill]) -> Vec<ProgressBand> {
    let band = |standstill: &Standstill| ProgressBand {
        from_percent: standstill.tenth * 10,
        to_percent: standstill.tenth * 10 + 10,
        gap_us: Quantiles::of(&standstill.times),
    };
    // A tenth beyond the last one is not of our writing.
    standstills.iter().filter(|standstill| standstill.tenth < 10).map(band).collect()
}

/// Points of a percentile curve: (percentile, microseconds), denser towards the end.
fn curve(histogram: &Histogram<u64>) -> Vec<(f64, u64)> {
    const TICKS_PER_HALF_DISTANCE: u32 = 4;
    if histogram.is_empty() {
        return Vec::new();
    }
    histogram
        .iter_quantiles(TICKS_PER_HALF_DISTANCE)
        .map(|point| (point.quantile_iterated_to() * 100.0, point.value_iterated_to()))
        .collect()
}

/// The server's figures as they are seen from outside.
pub(super) fn server(
    scenario: &Scenario,
    rows: &[TimelineRow],
    process: ServerTakings,
    peak: u64,
) -> ServerFigures {
    let largest = rows.iter().filter_map(|row| row.server_rss_kib).max();
    let start = process.start.map(|start| start.rss_kib);
    let grown = largest.zip(start).map(|(largest, start)| as_f64(largest.saturating_sub(start)));
    ServerFigures {
        rss_kib: largest,
        cpu_s: process.used.map(|used| used.as_secs_f64()),
        rss_kib_per_session: ratio(grown, Some(as_f64(peak))),
        rss_kib_per_connection: start.and_then(|start| per_connection(scenario, rows, start)),
        messages_sent: None,
        messages_received: None,
        accounts: None,
        inside: None,
    }
}

/// Server memory per connection at the end of the ramp: everybody is there, nobody has asked yet, so that neither
/// histories nor caches are in it.
fn per_connection(scenario: &Scenario, rows: &[TimelineRow], start: u64) -> Option<f64> {
    let ramp = scenario.sessions.ramp.as_secs_f64();
    let row = rows.iter().rfind(|row| row.t <= ramp + RAMP_SLACK)?;
    let sockets = 1.0 + f64::from(scenario.sessions.watchers);
    let grown = row.server_rss_kib?.saturating_sub(start);
    ratio(Some(as_f64(grown)), Some(as_f64(row.sessions) * sockets))
}

/// `part / whole`, where both are known and the whole is something.
fn ratio(part: Option<f64>, whole: Option<f64>) -> Option<f64> {
    let whole = whole.filter(|whole| *whole > 0.0)?;
    part.map(|part| part / whole)
}

#[expect(clippy::cast_precision_loss, reason = "counts and KiB of a run are far below 2^53")]
fn as_f64(value: u64) -> f64 {
    value as f64
}
