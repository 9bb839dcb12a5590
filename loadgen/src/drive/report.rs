//! From what was measured to the report. Every figure is computed here, once.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use hdrhistogram::Histogram;
use reports::model::{
    ArrivalCounts, ErrorExample, GeneratorFigures, Header, LoadModel, LoadReport, MessageCounts,
    OperationReport, ProgressBand, ProgressReport, Quantiles, ServerFigures, SessionCounts, TimelineRow,
};

use super::books::Books;
use super::monitor::{Mark, Sight, Watched};
use crate::live::{Buckets, Detail, LiveThreshold, OperationTimes};
use crate::measure::{Operation, Tally};
use crate::options::Ending;
use crate::resources::{Figures, local_ports, open_file_limit};
use crate::session::Shared;
use crate::threshold::{Measured, judge_thresholds};
use crate::verdict::{Budget, Evidence, judge_generator};

/// Seconds after the ramp in which a row still counts as its end: rows come once a second, a little late.
const RAMP_SLACK: f64 = 0.3;

/// What the caller said about the run.
pub(super) struct Said {
    pub(super) header: Header,
    pub(super) database: reports::model::DatabaseFigures,
}

/// Makes the report.
pub(super) fn report(
    shared: &Shared,
    said: Said,
    watched: Watched,
    books: Option<Books>,
    ending: &Ending,
) -> LoadReport {
    let tallies = shared.recorder.tallies();
    let quantiles = |operation: Operation| Quantiles::of(&tallies[operation as usize].service);
    let sight = watched.sight();
    let contradictions = books.map(|books| books.contradictions(shared)).unwrap_or_default();
    let generator = generator(shared, sight, quantiles(Operation::SendLag), contradictions);
    let mut server = server(shared, sight);
    server.messages_sent = books.map(|books| books.sent);
    server.messages_received = books.map(|books| books.received);
    let mut report = LoadReport {
        header: said.header,
        scenario: shared.scenario.name.clone(),
        model: model(shared),
        target: shared.target.name().to_owned(),
        duration_s: duration_s(shared, watched.end),
        interrupted: *ending != Ending::Completed,
        sessions: sessions(shared),
        messages: messages(shared),
        arrivals: arrivals(shared),
        operations: operations(&tallies),
        warm_up: operations(&shared.recorder.tallies_apart()),
        progress: ProgressReport {
            time_to_first_us: quantiles(Operation::ProgressFirst),
            longest_gap_us: quantiles(Operation::ProgressGap),
            time_to_result_us: quantiles(Operation::QueryResult),
            by_percent: standstills(shared),
        },
        server,
        timeline: watched.rows,
        thresholds: Vec::new(),
        generator,
        database: said.database,
        errors: errors(shared),
        actions: Vec::new(),
    };
    report.thresholds = judge_thresholds(&shared.scenario.thresholds, &report);
    report
}

/// What is known so far. The histograms are looked at where they are, and no curves are drawn.
pub(super) fn so_far(shared: &Shared, sight: Sight<'_>) -> Detail {
    let mut send_lag = Quantiles::default();
    let (mut operations, mut times) = (Vec::new(), Vec::new());
    shared.recorder.show_judged(|operation, tally| {
        if operation == Operation::SendLag {
            send_lag = Quantiles::of(&tally.service);
        } else if tally.count > 0 {
            operations.push(operation_report(operation, tally));
        }
        let (service, intended) = (Buckets::of(&tally.service), Buckets::of(&tally.intended));
        times.push(OperationTimes { name: operation.name(), service, intended });
    });
    let mut detail = Detail {
        scenario: shared.scenario.name.clone(),
        target: shared.target.name().to_owned(),
        model: model(shared),
        over: false,
        row: sight.rows.last().cloned().unwrap_or_default(),
        duration_s: duration_s(shared, sight.end),
        sessions: sessions(shared),
        messages: messages(shared),
        arrivals: arrivals(shared),
        queries: shared.recorder.counters.queries.load(Relaxed),
        errors: errors(shared),
        operations,
        times,
        second: Vec::new(),
        generator: generator(shared, sight, send_lag, Vec::new()),
        server: server(shared, sight),
        thresholds: Vec::new(),
    };
    let measured = Measured::so_far(&detail, sight.rows);
    let thresholds = shared.scenario.thresholds.iter();
    detail.thresholds = thresholds.map(|threshold| LiveThreshold::judge(threshold, &measured)).collect();
    detail
}

fn model(shared: &Shared) -> LoadModel {
    if shared.is_open() { LoadModel::Open } else { LoadModel::Closed }
}

/// Length of the steady phase, as far as it came.
fn duration_s(shared: &Shared, end: Mark) -> f64 {
    shared.recorder.phases().steady_until(end.at).as_secs_f64()
}

fn sessions(shared: &Shared) -> SessionCounts {
    let counters = &shared.recorder.counters;
    let established = counters.established.load(Relaxed);
    SessionCounts {
        requested: shared.scenario.sessions.count,
        established,
        peak: counters.peak.load(Relaxed),
        breaks: shared.breaks.load(Relaxed),
        given_up: shared.lost_sessions.load(Relaxed),
        connected_us: (established > 0).then(|| counters.newest_up_us.load(Relaxed)),
    }
}

fn arrivals(shared: &Shared) -> Option<ArrivalCounts> {
    let counters = &shared.recorder.counters;
    shared.is_open().then(|| ArrivalCounts {
        offered: counters.offered.load(Relaxed),
        dropped: counters.dropped.load(Relaxed),
    })
}

fn messages(shared: &Shared) -> MessageCounts {
    let counters = &shared.recorder.counters;
    let account = shared.account();
    MessageCounts {
        sent: counters.sent.load(Relaxed),
        received: counters.received.load(Relaxed),
        lost: account.lost,
        duplicated: account.duplicated,
        out_of_order: account.out_of_order,
        replayed: account.replayed,
        wrong_answers: counters.wrong.load(Relaxed),
        verified_answers: counters.verified.load(Relaxed),
    }
}

/// Every operation that happened; send lag is the generator's own and stands there.
fn operations(tallies: &[Tally]) -> Vec<OperationReport> {
    Operation::ALL
        .into_iter()
        .zip(tallies)
        .filter(|(operation, tally)| tally.count > 0 && *operation != Operation::SendLag)
        .map(|(operation, tally)| OperationReport {
            curve_service: curve(&tally.service),
            curve_intended: curve(&tally.intended),
            ..operation_report(operation, tally)
        })
        .collect()
}

/// One operation, without its curves.
fn operation_report(operation: Operation, tally: &Tally) -> OperationReport {
    OperationReport {
        name: operation.name().to_owned(),
        count: tally.count,
        errors: tally.errors.clone(),
        service_us: Quantiles::of(&tally.service),
        intended_us: Quantiles::of(&tally.intended),
        curve_service: Vec::new(),
        curve_intended: Vec::new(),
    }
}

/// How long queries stood still, by tenths of their way.
fn standstills(shared: &Shared) -> Vec<ProgressBand> {
    let band = |(tenth, times): (usize, Histogram<u64>)| {
        let from_percent = u8::try_from(tenth * 10).unwrap_or(u8::MAX);
        ProgressBand {
            from_percent,
            to_percent: from_percent.saturating_add(10),
            gap_us: Quantiles::of(&times),
        }
    };
    shared.recorder.standstills().into_iter().map(band).collect()
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

fn errors(shared: &Shared) -> Vec<ErrorExample> {
    let mut errors: Vec<ErrorExample> = shared
        .recorder
        .examples()
        .into_iter()
        .map(|(code, example)| ErrorExample {
            code,
            count: example.count,
            example: example.text,
            first_s: Some(example.first.as_secs_f64()),
            transcript: example.transcript,
        })
        .collect();
    errors.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.code.cmp(&b.code)));
    errors
}

/// True when server and generator are one process: then no figure of it belongs to one of them.
fn is_own_process(shared: &Shared) -> bool {
    shared.target.pid() == Some(std::process::id())
}

/// The generator's own figures, and the verdict on it.
fn generator(
    shared: &Shared,
    sight: Sight<'_>,
    send_lag: Quantiles,
    contradictions: Vec<String>,
) -> GeneratorFigures {
    let evidence = Evidence { contradictions, ..evidence(shared, sight, send_lag) };
    judge_generator(evidence, &shared.scenario.generator)
}

fn evidence(shared: &Shared, sight: Sight<'_>, send_lag: Quantiles) -> Evidence {
    let peak = shared.recorder.counters.peak.load(Relaxed);
    let used = sight.steady.and_then(|steady| cpu_between(&steady, &sight.end, |mark| mark.usage.generator));
    let used = used.filter(|_| !is_own_process(shared));
    let steady = sight.steady.map(|steady| {
        let seconds = sight.end.at.saturating_duration_since(steady.at).as_secs_f64();
        (seconds, as_f64(sight.end.messages - steady.messages))
    });
    let sockets = 1 + u64::from(shared.scenario.sessions.watchers);
    Evidence {
        pauses: Quantiles::of(sight.pauses),
        files: sight.most_files.zip(open_file_limit()).map(|(used, limit)| Budget { used, limit }),
        ports: local_ports().map(|limit| Budget { used: peak * sockets, limit }),
        without_port: shared.recorder.examples().get("no_free_port").map_or(0, |example| example.count),
        contradictions: Vec::new(),
        send_lag,
        little_residual: shared.flow.residual(),
        cpu_cores: ratio(used.map(|used| used.as_secs_f64()), steady.map(|(seconds, _)| seconds)),
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        cpu_us_per_message: ratio(
            used.map(|used| used.as_secs_f64() * 1e6),
            steady.map(|(_, messages)| messages),
        ),
        rss_kib_per_session: (!is_own_process(shared))
            .then(|| {
                let start = sight.start.usage.generator?;
                ratio(growth(start, sight.rows, |row| row.generator_rss_kib), Some(as_f64(peak)))
            })
            .flatten(),
    }
}

/// The server's figures, as they are seen from outside.
fn server(shared: &Shared, sight: Sight<'_>) -> ServerFigures {
    let largest = sight.rows.iter().filter_map(|row| row.server_rss_kib).max();
    let used = cpu_between(&sight.start, &sight.end, |mark| mark.usage.server);
    let grown = sight
        .start
        .usage
        .server
        .filter(|_| !is_own_process(shared))
        .and_then(|start| growth(start, sight.rows, |row| row.server_rss_kib));
    let sessions = as_f64(shared.recorder.counters.peak.load(Relaxed));
    ServerFigures {
        rss_kib: largest,
        cpu_s: used.map(|used| used.as_secs_f64()),
        rss_kib_per_session: ratio(grown, Some(sessions)),
        rss_kib_per_connection: per_connection(shared, sight),
        messages_sent: None,
        messages_received: None,
        inside: None,
    }
}

/// Server memory per connection at the end of the ramp: everybody is there, nobody has asked yet, so that neither
/// histories nor caches are in it.
fn per_connection(shared: &Shared, sight: Sight<'_>) -> Option<f64> {
    if is_own_process(shared) {
        return None;
    }
    let start = sight.start.usage.server?;
    let ramp = shared.scenario.sessions.ramp.as_secs_f64();
    let row = sight.rows.iter().rfind(|row| row.t <= ramp + RAMP_SLACK)?;
    let sockets = 1.0 + f64::from(shared.scenario.sessions.watchers);
    let grown = row.server_rss_kib?.saturating_sub(start.rss_kib);
    ratio(Some(as_f64(grown)), Some(as_f64(row.sessions) * sockets))
}

/// Growth of the memory from the start of the run to its largest, KiB.
fn growth(start: Figures, rows: &[TimelineRow], rss: impl Fn(&TimelineRow) -> Option<u64>) -> Option<f64> {
    let largest = rows.iter().filter_map(rss).max()?;
    Some(as_f64(largest.saturating_sub(start.rss_kib)))
}

fn cpu_between(from: &Mark, to: &Mark, side: impl Fn(&Mark) -> Option<Figures>) -> Option<Duration> {
    side(to)?.cpu.checked_sub(side(from)?.cpu)
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
