//! The charts of a load run.

use maud::{Markup, html};

use super::messages;
use super::plot::{Chart, Limit, Series, Unit, XAxis, figure};
use super::timeline::Timeline;
use crate::model::{LoadReport, OperationReport, SEND_LAG_LIMIT_US, TimelineRow};
use crate::wording;

/// Operations whose curves are shown at once.
const FIRST_CURVES: [&str; 4] = ["heartbeat", "progress.first", "query.result", "recovery"];

/// Every chart over time, under each other, on one axis.
pub(super) fn over_time(load: &LoadReport) -> Markup {
    let timeline = Timeline::new(load);
    if load.timeline.is_empty() {
        return html! { p { "No second of the run was recorded." } };
    }
    let mut charts = vec![sessions(load, &timeline), rate(&timeline)];
    if load.timeline.iter().any(|row| row.arrivals_offered.is_some()) {
        charts.push(arrivals(load, &timeline));
    }
    if load.timeline.iter().any(|row| row.errors > 0) {
        charts.push(errors(&timeline));
    }
    html! {
        @for chart in charts.iter().filter(|chart| has_values(chart)) { (figure(chart)) }
        @if !load.timeline.iter().any(|row| row.errors > 0) { p.aside { "No error in any second, so there is no curve of errors." } }
    }
}

/// What server and generator used, on the same axis.
pub(super) fn resources(load: &LoadReport) -> Markup {
    let timeline = Timeline::new(load);
    let charts = [processors(load, &timeline), memory(&timeline), sockets(&timeline)];
    let known: Vec<_> = charts.iter().filter(|chart| has_values(chart)).collect();
    html! {
        @if known.is_empty() { p.aside { "Processor time and memory could not be read on this system." } }
        @for chart in known { (figure(chart)) }
    }
}

/// What the database said of itself, on the same axis.
pub(super) fn database(load: &LoadReport) -> Markup {
    let timeline = Timeline::new(load);
    let charts = [
        over(
            &timeline,
            "database-time",
            messages::database(&timeline),
            format!("mean time of a SELECT inside the database{}", timeline.note("the largest")),
            Unit::Millis,
            vec![timeline.largest("mean time", |row| row.database?.mean_us.map(ms))],
        ),
        over(
            &timeline,
            "database-work",
            "Statements finished, statements running, and connections".to_owned(),
            format!("of each second{}", timeline.note("the largest")),
            Unit::Count,
            vec![
                timeline.largest("finished", |row| row.database?.statements.map(|n| n as f64)),
                timeline.largest("running", |row| row.database?.running.map(|n| n as f64)),
                timeline.largest("connections", |row| row.database?.connections.map(|n| n as f64)),
            ],
        ),
    ];
    html! { @for chart in charts.iter().filter(|chart| has_values(chart)) { (figure(chart)) } }
}

/// The generator's delay in sending.
pub(super) fn send_lag(load: &LoadReport) -> Markup {
    let timeline = Timeline::new(load);
    let limit = SEND_LAG_LIMIT_US as f64 / 1e3;
    let mut chart = over(
        &timeline,
        "send-lag",
        messages::send_lag(&timeline, limit),
        format!(
            "delay from the intended to the real moment of sending, p99 of each second{}",
            timeline.note("the largest")
        ),
        Unit::Millis,
        vec![timeline.largest("p99", |row| row.send_lag_p99_us.map(ms))],
    );
    chart.limits.push(Limit { value: limit, label: format!("limit {}", wording::millis(limit)) });
    html! { @if has_values(&chart) { (figure(&chart)) } }
}

/// Service against intended time, one small chart an operation: first of those that users wait for, the others
/// folded.
pub(super) fn curves(load: &LoadReport) -> Markup {
    let known = load.operations.iter().enumerate().filter(|(_, operation)| operation.curve_service.len() > 1);
    let (mut first, mut rest): (Vec<_>, Vec<_>) =
        known.partition(|(_, operation)| FIRST_CURVES.contains(&operation.name.as_str()));
    if first.is_empty() {
        first = rest.split_off(rest.len().saturating_sub(FIRST_CURVES.len()));
    }
    html! {
        div.grid { @for (at, operation) in first { (figure(&curve(at, operation))) } }
        @if !rest.is_empty() {
            details.apart {
                summary { "The same of the other operations" }
                div.grid { @for (at, operation) in rest { (figure(&curve(at, operation))) } }
            }
        }
    }
}

pub(super) fn ms(us: u64) -> f64 {
    us as f64 / 1e3
}

pub(super) fn has_values(chart: &Chart) -> bool {
    chart.series.iter().any(|series| series.values.iter().any(Option::is_some))
}

/// A chart over time; lines without a value are left out.
pub(super) fn over(
    timeline: &Timeline<'_>,
    id: &str,
    title: String,
    subtitle: String,
    unit: Unit,
    series: Vec<Series>,
) -> Chart {
    Chart {
        id: format!("chart-{id}"),
        title,
        subtitle,
        x: timeline.axis(),
        unit,
        series: series.into_iter().filter(|line| line.values.iter().any(Option::is_some)).collect(),
        bands: timeline.bands(),
        group: "time",
        ..Chart::default()
    }
}

fn rate(timeline: &Timeline<'_>) -> Chart {
    over(
        timeline,
        "rate",
        messages::rate(timeline),
        format!("messages a second, and queries finished{}", timeline.note("smallest to largest")),
        Unit::PerSecond,
        vec![
            timeline.range("received", |row| Some(row.received as f64)),
            timeline.range("sent", |row| Some(row.sent as f64)),
            timeline.range("queries", |row| Some(row.queries as f64)),
        ],
    )
}

/// What came due, what was sent of it, and what was finished: the open model.
fn arrivals(load: &LoadReport, timeline: &Timeline<'_>) -> Chart {
    let sent = |row: &TimelineRow| {
        row.arrivals_offered.map(|offered| offered.saturating_sub(row.arrivals_dropped.unwrap_or(0)) as f64)
    };
    over(
        timeline,
        "arrivals",
        messages::arrivals(load, timeline),
        format!("arrivals a second in the measured phase{}", timeline.note("smallest to largest")),
        Unit::PerSecond,
        vec![
            timeline.range("target", |row| row.arrivals_offered.map(|n| n as f64)),
            timeline.range("sent", sent),
            timeline.range("dropped", |row| row.arrivals_dropped.map(|n| n as f64)),
        ],
    )
}

fn sessions(load: &LoadReport, timeline: &Timeline<'_>) -> Chart {
    over(
        timeline,
        "sessions",
        messages::sessions(load, timeline),
        format!(
            "sessions connected, and queries in flight at the end of each second{}",
            timeline.note("smallest to largest")
        ),
        Unit::Count,
        vec![
            timeline.range("sessions", |row| Some(row.sessions as f64)),
            timeline.range("in flight", |row| Some(row.in_flight as f64)),
        ],
    )
}

fn errors(timeline: &Timeline<'_>) -> Chart {
    over(
        timeline,
        "errors",
        messages::errors(timeline),
        format!("errors a second{}", timeline.note("the largest")),
        Unit::PerSecond,
        vec![timeline.largest("errors", |row| Some(row.errors as f64))],
    )
}

fn processors(load: &LoadReport, timeline: &Timeline<'_>) -> Chart {
    let cores = load.header.environment.cores;
    let mut chart = over(
        timeline,
        "cpu",
        messages::processors(timeline, cores),
        format!("processors used, 1 being one core{}", timeline.note("smallest to largest")),
        Unit::Cores,
        vec![
            timeline.range("server", |row| row.server_cpu),
            timeline.range("generator", |row| row.generator_cpu),
            timeline.range("database", |row| row.database?.cpu),
        ],
    );
    chart.limits.push(Limit { value: cores as f64, label: format!("all {cores} cores") });
    chart
}

fn memory(timeline: &Timeline<'_>) -> Chart {
    over(
        timeline,
        "memory",
        messages::memory(timeline),
        format!("resident memory{}", timeline.note("smallest to largest")),
        Unit::Kib,
        vec![
            timeline.range("server", |row| row.server_rss_kib.map(|kib| kib as f64)),
            timeline.range("generator", |row| row.generator_rss_kib.map(|kib| kib as f64)),
            timeline.range("database", |row| row.database?.rss_kib.map(|kib| kib as f64)),
        ],
    )
}

fn sockets(timeline: &Timeline<'_>) -> Chart {
    over(
        timeline,
        "sockets",
        messages::sockets(timeline),
        format!("open files, sockets included{}", timeline.note("smallest to largest")),
        Unit::Count,
        vec![
            timeline.range("server", |row| row.server_sockets.map(|n| n as f64)),
            timeline.range("generator", |row| row.generator_sockets.map(|n| n as f64)),
        ],
    )
}

fn curve(at: usize, operation: &OperationReport) -> Chart {
    let (service, intended) = (&operation.curve_service, &operation.curve_intended);
    let mut percentiles: Vec<f64> = service.iter().chain(intended).map(|(p, _)| *p).collect();
    percentiles.sort_by(f64::total_cmp);
    percentiles.dedup();
    let along = |curve: &[(f64, u64)]| percentiles.iter().map(|p| value_at(curve, *p)).collect();
    // What nobody had scheduled was meant to begin when it began: one clock is enough.
    let both = intended.is_empty() || intended == service;
    let mut series = vec![Series::new("service", along(service))];
    if !both {
        series.push(Series::new("intended", along(intended)));
    }
    Chart {
        id: format!("curve-{at}"),
        title: messages::operation(operation),
        subtitle: format!("{} operations, latency by percentile", wording::count(operation.count)),
        x: XAxis::percentiles(&percentiles),
        unit: Unit::Millis,
        series,
        small: true,
        ..Chart::default()
    }
}

/// The value of the first point of `curve` that is not under percentile `p`.
fn value_at(curve: &[(f64, u64)], p: f64) -> Option<f64> {
    let (_, us) = curve.iter().find(|(percentile, _)| *percentile >= p).or(curve.last())?;
    Some(ms(*us))
}
