//! Made results of a load run.

use hdrhistogram::Histogram;
use indexmap::IndexMap;
use reports::model::{
    ActionReport, ArrivalCounts, DatabaseFigures, DatabaseSecond, ErrorExample, GeneratorFigures,
    GeneratorVerdict, LoadModel, LoadReport, MessageCounts, OperationReport, ProgressBand, ProgressReport,
    Quantiles, ServerFigures, SessionCounts, ThresholdResult, TimelineRow,
};

use super::header;

/// Between 0 and 1, the same for the same `n`: enough to look alive.
fn wobble(n: u64) -> f64 {
    let mut x = n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x ^= x >> 29;
    x = x.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    ((x >> 11) & 0xFFFF) as f64 / 65_535.0
}

fn quantiles(median: u64, count: u64) -> Quantiles {
    Quantiles {
        p50: median,
        p90: median * 2,
        p95: median * 5 / 2,
        p99: median * 4,
        p999: median * 7,
        max: median * 11,
        mean: median as f64 * 1.2,
        count,
    }
}

fn curve(median: u64, count: u64) -> Vec<(f64, u64)> {
    let mut histogram = Histogram::<u64>::new_with_max(60_000_000, 3).expect("valid bounds");
    for n in 0..count {
        let spread = wobble(n) + wobble(n + 7919) * wobble(n + 104_729);
        let tail = if n % 97 == 0 { 4.0 * wobble(n * 3) } else { 0.0 };
        histogram.saturating_record((median as f64 * (0.5 + spread * 0.8 + tail)) as u64 + 1);
    }
    let mut points: Vec<(f64, u64)> =
        histogram.iter_quantiles(5).map(|v| (v.percentile(), v.value_iterated_to())).collect();
    points.dedup();
    points
}

fn operation(name: &str, median: u64, count: u64) -> OperationReport {
    OperationReport {
        name: name.into(),
        count,
        errors: IndexMap::new(),
        service_us: quantiles(median, count),
        intended_us: quantiles(median + 300, count),
        curve_service: curve(median, count),
        curve_intended: curve(median + 300, count),
    }
}

/// What nobody had scheduled: both clocks are one.
fn unscheduled(name: &str, median: u64, count: u64) -> OperationReport {
    let made = operation(name, median, count);
    OperationReport { intended_us: made.service_us, curve_intended: made.curve_service.clone(), ..made }
}

/// Longest where the statement runs.
fn standstill(tenth: u8, queries: u64) -> ProgressBand {
    let median = if tenth == 3 { 310_000 } else { 40_000 + 9_000 * u64::from(tenth) };
    ProgressBand { from_percent: tenth * 10, to_percent: tenth * 10 + 10, gap_us: quantiles(median, queries) }
}

fn row(t: u64, duration: u64) -> TimelineRow {
    let (phase, share) = match t {
        t if t < 10 => ("ramp", (t + 1) as f64 / 10.0),
        t if t + 3 >= duration + 10 => ("drain", (duration + 13 - t) as f64 / 6.0),
        _ => ("steady", 1.0),
    };
    let sessions = (1000.0 * share) as u64;
    let rate = 1500.0 * share * (0.95 + 0.1 * wobble(t));
    TimelineRow {
        t: t as f64,
        phase: phase.into(),
        sessions,
        sent: (rate / 4.0) as u64,
        received: rate as u64,
        errors: 0,
        queries: (rate / 8.0) as u64,
        in_flight: (sessions / 3).saturating_sub((wobble(t + 3) * 20.0) as u64),
        arrivals_offered: None,
        arrivals_dropped: None,
        p50_us: Some((12_000.0 + 3_000.0 * wobble(t + 1)) as u64),
        p99_us: (t != 5).then_some((38_000.0 + 23_000.0 * wobble(t + 2)) as u64),
        send_lag_p99_us: Some((1_300.0 + 900.0 * wobble(t + 4)) as u64),
        server_rss_kib: Some((64_000.0 + 9_000.0 * share + 20.0 * t as f64 * wobble(t)) as u64),
        server_cpu: Some(0.62 * share + 0.1 * wobble(t + 5)),
        server_sockets: Some(sessions * 2 + 31),
        generator_rss_kib: Some((58_000.0 + 21_000.0 * share) as u64),
        generator_cpu: Some(0.48 * share + 0.08 * wobble(t + 6)),
        generator_sockets: Some(sessions * 2 + 12),
        database: None,
    }
}

fn threshold(name: &str, limit: &str, actual: &str, value: f64) -> ThresholdResult {
    ThresholdResult {
        name: name.into(),
        limit: limit.into(),
        actual: actual.into(),
        value: Some(value),
        ok: true,
    }
}

/// A healthy run of 1,000 sessions with a steady phase of `duration` seconds.
pub fn load(duration: u64) -> LoadReport {
    let queries = 187 * duration;
    LoadReport {
        header: header("tidegate.load"),
        scenario: "gate".into(),
        model: LoadModel::Closed,
        target: "embedded reference server".into(),
        duration_s: duration as f64,
        interrupted: false,
        sessions: SessionCounts {
            requested: 1000,
            established: 1000,
            peak: 1000,
            connected_us: Some(5_000_000),
            breaks: 52,
            given_up: 0,
        },
        messages: MessageCounts {
            sent: 375 * duration,
            received: 1500 * duration,
            replayed: 412,
            verified_answers: queries,
            ..MessageCounts::default()
        },
        arrivals: None,
        warm_up: vec![operation("heartbeat", 390, 700), operation("query.result", 1_500_000, 210)],
        operations: vec![
            unscheduled("connect", 1_900, 2_000),
            operation("heartbeat", 420, 9_000),
            operation("heartbeat.busy", 610, 4_100),
            operation("query.accepted", 2_100, queries.min(4_000)),
            operation("progress.first", 12_800, queries.min(20_000)),
            unscheduled("progress.cadence", 96_000, queries.min(4_000)),
            unscheduled("progress.gap", 210_000, queries.min(4_000)),
            unscheduled("delivery.spread", 180, queries.min(4_000)),
            operation("query.result", 900_000, queries.min(20_000)),
            operation("resume", 2_700, 50),
            unscheduled("recovery", 640_000, 50),
        ],
        progress: ProgressReport {
            time_to_first_us: Quantiles { p99: 61_240, max: 84_000, ..quantiles(12_800, queries) },
            longest_gap_us: quantiles(210_000, queries),
            time_to_result_us: quantiles(900_000, queries),
            by_percent: (0..9).map(|tenth| standstill(tenth, queries)).collect(),
        },
        timeline: (0..duration + 13).map(|t| row(t, duration)).collect(),
        thresholds: vec![
            threshold("p99(progress.first)", "< 100ms", "61.2 ms", 61.2),
            threshold("p99(query.result)", "< 5s", "3.6 s", 3.6),
            threshold("errors", "< 0.1 %", "0 %", 0.0),
            threshold("events lost", "= 0", "0", 0.0),
            threshold("wrong answers", "= 0", "0", 0.0),
            threshold("sessions peak", ">= 1000", "1,000", 1000.0),
        ],
        generator: GeneratorFigures {
            verdict: GeneratorVerdict::Ok,
            reasons: vec![],
            cpu_us_per_message: Some(31.4),
            rss_kib_per_session: Some(21.3),
            send_lag_us: quantiles(700, 375 * duration),
            little_residual: Some(0.012),
            cpu_cores: Some(0.51),
        },
        server: ServerFigures {
            rss_kib: Some(74_120),
            cpu_s: Some(0.65 * duration as f64),
            rss_kib_per_session: Some(17.9),
            rss_kib_per_connection: Some(8.9),
            ..ServerFigures::default()
        },
        database: DatabaseFigures {
            kind: "embedded".into(),
            version: Some("3.50.4".into()),
            ..DatabaseFigures::default()
        },
        errors: vec![],
        actions: vec![],
        shards: vec![],
    }
}

/// Makes a run of many sessions of it, with arrivals, a database and an outage.
pub fn crowd(load: &mut LoadReport) {
    load.model = LoadModel::Open;
    load.sessions.requested = 15_000;
    load.sessions.established = 15_000;
    load.sessions.peak = 15_000;
    load.actions =
        vec![ActionReport { name: "stop-database".into(), from_s: 900.0, until_s: Some(930.0), error: None }];
    let (mut offered, mut dropped) = (0, 0);
    for row in &mut load.timeline {
        row.sessions *= 15;
        let at = row.t as u64;
        row.received = row.received * 15 + at % 17;
        row.sent *= 15;
        let lost = if (900..930).contains(&at) { 400 + at % 7 } else { 0 };
        if row.phase == "steady" {
            row.arrivals_offered = Some(1_500 + at % 3);
            row.arrivals_dropped = Some(lost);
            offered += 1_500 + at % 3;
            dropped += lost;
        }
        row.database = Some(DatabaseSecond {
            connections: Some(64),
            running: Some(at % 9),
            statements: Some(1_400 + at % 90),
            mean_us: Some(900 + at % 400),
            rss_kib: Some(300_000 + at),
            cpu: Some(0.4 + (at % 10) as f64 / 50.0),
        });
    }
    load.arrivals = Some(ArrivalCounts { offered, dropped });
}

/// Makes the server stall for four seconds, with what follows from it.
pub fn spoil(load: &mut LoadReport) {
    let from = (load.timeline.len() / 2) as f64;
    for row in load.timeline.iter_mut().filter(|row| row.t >= from && row.t < from + 4.0) {
        row.received /= 12;
        row.queries /= 12;
        row.p50_us = Some(190_000);
        row.p99_us = Some(612_000 + 1_000 * row.t as u64);
        row.errors = 3;
        row.server_cpu = Some(0.03);
    }
    load.progress.time_to_first_us.p99 = 612_000;
    load.progress.time_to_first_us.max = 4_100_000;
    load.thresholds[0].actual = "612 ms".into();
    load.thresholds[0].value = Some(612.0);
    load.thresholds[0].ok = false;
    if let Some(result) = load.operations.iter_mut().find(|operation| operation.name == "query.result") {
        result.errors.insert("QUERY_TIMEOUT".into(), 9);
        result.errors.insert("close 1006".into(), 3);
    }
    load.errors = vec![
        ErrorExample {
            code: "QUERY_TIMEOUT".into(),
            count: 9,
            example: r#"{"type":"error","code":"QUERY_TIMEOUT","message":"no answer within 30 s"}"#.into(),
            first_s: Some(36.0),
            transcript: vec![
                "    5.812 s  query socket  → query".into(),
                "    5.815 s  query socket  ← query_accepted".into(),
                "   35.816 s  query socket  ← error".into(),
            ],
        },
        ErrorExample {
            code: "close 1006".into(),
            count: 3,
            example: "connection reset by peer".into(),
            first_s: None,
            transcript: vec![],
        },
    ];
}
