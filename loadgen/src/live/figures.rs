//! The figures of a run by name: one table, which the page and the export are renderings of.
//!
//! Names are OpenTelemetry's, with points; on the page they begin with `tidegate_load_` and have underscores, and
//! counters end in `_total`. Times have histograms of their own and are not in the table.

use std::time::Duration;

use reports::model::{GeneratorVerdict, LoadModel, Quantiles, TimelineRow};

use super::{Detail, ThresholdState};
use crate::measure::Phase;
use crate::options::Snapshot;

/// What every name begins with.
pub(super) const PREFIX: &str = "tidegate.load";

/// Name of the histograms of operations, labels `operation` and `clock`.
pub(super) const DURATION: &str = "operation.duration";

/// What [`DURATION`] is.
pub(super) const DURATION_HELP: &str =
    "Times of operations in the measured phase, from the real and from the intended begin";

/// Name of the histogram of the send lag.
pub(super) const SEND_LAG: &str = "send_lag";

/// What [`SEND_LAG`] is.
pub(super) const SEND_LAG_HELP: &str = "Delay between the intended and the real moment of sending";

/// Labels of one point.
pub(super) type Labels = Vec<(&'static str, String)>;

/// One value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value {
    Whole(u64),
    Real(f64),
}

impl Value {
    #[expect(clippy::cast_precision_loss, reason = "counts of a run are far below 2^53")]
    pub(super) fn as_f64(self) -> f64 {
        match self {
            Self::Whole(value) => value as f64,
            Self::Real(value) => value,
        }
    }
}

/// What a figure does over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Only grows.
    Counter,
    /// Does as it likes.
    Gauge,
    /// Is always 1; its labels say it all.
    Info,
}

/// What a figure is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    None,
    Seconds,
    Bytes,
}

/// Takes one point after the other.
pub(super) type Take<'t> = &'t mut dyn FnMut(Labels, Value);

/// One figure, or one of its kind for each set of labels.
#[derive(Clone, Copy)]
pub(super) struct Figure {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    pub(super) kind: Kind,
    pub(super) unit: Unit,
    /// Its points in a snapshot.
    pub(super) points: fn(&Snapshot, Take<'_>),
}

const fn gauge(name: &'static str, help: &'static str, points: fn(&Snapshot, Take<'_>)) -> Figure {
    Figure { name, help, kind: Kind::Gauge, unit: Unit::None, points }
}

const fn counter(name: &'static str, help: &'static str, points: fn(&Snapshot, Take<'_>)) -> Figure {
    Figure { name, help, kind: Kind::Counter, unit: Unit::None, points }
}

impl Figure {
    const fn in_seconds(self) -> Self {
        Self { unit: Unit::Seconds, ..self }
    }

    const fn in_bytes(self) -> Self {
        Self { unit: Unit::Bytes, ..self }
    }
}

/// All of them.
pub(super) static FIGURES: &[Figure] = &[
    gauge("phase", "Where the run is: 1 for the phase it is in", phase),
    gauge("elapsed", "Time since the start of the run", |snapshot, take| {
        take(Vec::new(), Value::Real(snapshot.elapsed.as_secs_f64()));
    })
    .in_seconds(),
    gauge("left", "Time until the planned end of the run", |snapshot, take| {
        take(Vec::new(), Value::Real(snapshot.left.as_secs_f64()));
    })
    .in_seconds(),
    Figure { name: "run", help: "What is played", kind: Kind::Info, unit: Unit::None, points: run },
    gauge("sessions", "Sessions connected", |snapshot, take| {
        take(Vec::new(), Value::Whole(snapshot.sessions));
    }),
    gauge("sessions.requested", "Sessions asked for", |snapshot, take| {
        take(Vec::new(), Value::Whole(snapshot.requested));
    }),
    gauge("sessions.peak", "Most sessions at one time", |snapshot, take| {
        whole(snapshot, take, |detail| Some(detail.sessions.peak));
    }),
    counter("sessions.established", "Sessions that were connected at least once", |snapshot, take| {
        whole(snapshot, take, |detail| Some(detail.sessions.established));
    }),
    counter("messages", "Messages", messages),
    counter("queries", "Queries that came to a terminal message", |snapshot, take| {
        whole(snapshot, take, |detail| Some(detail.queries));
    }),
    gauge("queries.in_flight", "Queries in flight", |snapshot, take| {
        take(Vec::new(), Value::Whole(snapshot.in_flight));
    }),
    counter("operations", "Completed operations of what is judged, failed ones included", operations),
    counter("operation.errors", "Failed operations of what is judged, by code", operation_errors),
    gauge("operation.duration.percentile", "Percentiles of the times of operations so far", percentiles)
        .in_seconds(),
    counter("errors", "Errors of the whole run, by code", errors),
    counter(
        "arrivals",
        "Arrivals of the open model that came due in the measured phase",
        |snapshot, take| {
            whole(snapshot, take, |detail| Some(detail.arrivals?.offered));
        },
    ),
    counter("arrivals.dropped", "Arrivals that found no free session", |snapshot, take| {
        whole(snapshot, take, |detail| Some(detail.arrivals?.dropped));
    }),
    counter("events", "What became of session events, by the closed books of their sessions", events),
    counter("answers.verified", "Answers compared with the expected rows", |snapshot, take| {
        take(Vec::new(), Value::Whole(snapshot.verified));
    }),
    counter("answers.wrong", "Answers that differed from the expected rows", |snapshot, take| {
        take(Vec::new(), Value::Whole(snapshot.wrong));
    }),
    gauge("threshold.kept", "The limits of the scenario: 1 kept so far, 0 missed so far", thresholds),
    gauge("generator.ok", "1 while the generator itself is not the limit", |snapshot, take| {
        whole(snapshot, take, |detail| Some(u64::from(detail.generator.verdict == GeneratorVerdict::Ok)));
    }),
    gauge("generator.cpu", "Processors the generator used in the last second", |snapshot, take| {
        row(snapshot, take, |row| row.generator_cpu.map(Value::Real));
    }),
    gauge("generator.resident_memory", "Resident memory of the generator", |snapshot, take| {
        row(snapshot, take, |row| row.generator_rss_kib.map(bytes));
    })
    .in_bytes(),
    gauge("generator.open_files", "Open files of the generator", |snapshot, take| {
        row(snapshot, take, |row| row.generator_sockets.map(Value::Whole));
    }),
    gauge("server.cpu", "Processors the server used in the last second", |snapshot, take| {
        row(snapshot, take, |row| row.server_cpu.map(Value::Real));
    }),
    gauge("server.resident_memory", "Resident memory of the server", |snapshot, take| {
        row(snapshot, take, |row| row.server_rss_kib.map(bytes));
    })
    .in_bytes(),
    gauge("server.open_files", "Open files of the server", |snapshot, take| {
        row(snapshot, take, |row| row.server_sockets.map(Value::Whole));
    }),
    gauge("database.connections", "Connections of the database", |snapshot, take| {
        row(snapshot, take, |row| row.database?.connections.map(Value::Whole));
    }),
    gauge("database.running", "Statements that run in the database", |snapshot, take| {
        row(snapshot, take, |row| row.database?.running.map(Value::Whole));
    }),
    gauge("database.statements", "SELECT statements that ended in the last second", |snapshot, take| {
        row(snapshot, take, |row| row.database?.statements.map(Value::Whole));
    }),
    gauge("database.cpu", "Processors the database used in the last second", |snapshot, take| {
        row(snapshot, take, |row| row.database?.cpu.map(Value::Real));
    }),
    gauge("database.resident_memory", "Resident memory of the database", |snapshot, take| {
        row(snapshot, take, |row| row.database?.rss_kib.map(bytes));
    })
    .in_bytes(),
];

fn bytes(kib: u64) -> Value {
    Value::Whole(kib.saturating_mul(1_024))
}

fn label(key: &'static str, value: &str) -> Labels {
    vec![(key, value.to_owned())]
}

/// A number that the detail may have.
fn whole(snapshot: &Snapshot, take: Take<'_>, of: fn(&Detail) -> Option<u64>) {
    if let Some(value) = snapshot.detail.as_deref().and_then(of) {
        take(Vec::new(), Value::Whole(value));
    }
}

/// A figure that the row of the second may have.
fn row(snapshot: &Snapshot, take: Take<'_>, of: fn(&TimelineRow) -> Option<Value>) {
    if let Some(value) = snapshot.detail.as_deref().and_then(|detail| of(&detail.row)) {
        take(Vec::new(), value);
    }
}

fn phase(snapshot: &Snapshot, take: Take<'_>) {
    let over = snapshot.detail.as_deref().is_some_and(|detail| detail.over);
    for name in [Phase::Ramp.name(), Phase::Steady.name(), Phase::Drain.name(), "over"] {
        let here = if over { name == "over" } else { name == snapshot.phase };
        take(label("phase", name), Value::Whole(u64::from(here)));
    }
}

fn run(snapshot: &Snapshot, take: Take<'_>) {
    let Some(detail) = snapshot.detail.as_deref() else { return };
    let model = match detail.model {
        LoadModel::Closed => "closed",
        LoadModel::Open => "open",
    };
    let labels = vec![
        ("scenario", detail.scenario.clone()),
        ("target", detail.target.clone()),
        ("model", model.to_owned()),
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
    ];
    take(labels, Value::Whole(1));
}

fn messages(snapshot: &Snapshot, take: Take<'_>) {
    let Some(detail) = snapshot.detail.as_deref() else { return };
    take(label("direction", "sent"), Value::Whole(detail.messages.sent));
    take(label("direction", "received"), Value::Whole(detail.messages.received));
}

fn operations(snapshot: &Snapshot, take: Take<'_>) {
    for operation in snapshot.detail.iter().flat_map(|detail| &detail.operations) {
        take(label("operation", &operation.name), Value::Whole(operation.count));
    }
}

fn operation_errors(snapshot: &Snapshot, take: Take<'_>) {
    for operation in snapshot.detail.iter().flat_map(|detail| &detail.operations) {
        for (code, count) in &operation.errors {
            let labels = vec![("operation", operation.name.clone()), ("code", code.clone())];
            take(labels, Value::Whole(*count));
        }
    }
}

fn percentiles(snapshot: &Snapshot, take: Take<'_>) {
    for operation in snapshot.detail.iter().flat_map(|detail| &detail.operations) {
        for (clock, times) in [("service", &operation.service_us), ("intended", &operation.intended_us)] {
            for (percentile, value) in named(times) {
                let labels = vec![
                    ("operation", operation.name.clone()),
                    ("clock", clock.to_owned()),
                    ("percentile", percentile.to_owned()),
                ];
                take(labels, value);
            }
        }
    }
}

/// The percentiles that are known.
fn named(times: &Quantiles) -> impl Iterator<Item = (&'static str, Value)> {
    let known = times.count > 0;
    let of = |us: u64| Value::Real(Duration::from_micros(us).as_secs_f64());
    [("50", times.p50), ("90", times.p90), ("95", times.p95), ("99", times.p99), ("99.9", times.p999)]
        .into_iter()
        .chain([("100", times.max)])
        .filter(move |_| known)
        .map(move |(name, us)| (name, of(us)))
}

fn errors(snapshot: &Snapshot, take: Take<'_>) {
    for error in snapshot.detail.iter().flat_map(|detail| &detail.errors) {
        take(label("code", &error.code), Value::Whole(error.count));
    }
}

fn events(snapshot: &Snapshot, take: Take<'_>) {
    let Some(messages) = snapshot.detail.as_deref().map(|detail| &detail.messages) else { return };
    for (outcome, count) in [
        ("lost", messages.lost),
        ("duplicated", messages.duplicated),
        ("out_of_order", messages.out_of_order),
        ("replayed", messages.replayed),
    ] {
        take(label("outcome", outcome), Value::Whole(count));
    }
}

/// A limit of which nothing is known yet has no point: neither kept nor missed.
fn thresholds(snapshot: &Snapshot, take: Take<'_>) {
    for threshold in snapshot.detail.iter().flat_map(|detail| &detail.thresholds) {
        let kept = match threshold.state {
            ThresholdState::Kept => 1,
            ThresholdState::Missed => 0,
            ThresholdState::Open => continue,
        };
        let text = format!("{} {}", threshold.result.name, threshold.result.limit);
        take(label("threshold", &text), Value::Whole(kept));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use super::*;
    use crate::made;

    fn points(name: &str, snapshot: &Snapshot) -> Vec<(Labels, f64)> {
        let figure = FIGURES.iter().find(|figure| figure.name == name).unwrap();
        let mut points = Vec::new();
        (figure.points)(snapshot, &mut |labels, value| points.push((labels, value.as_f64())));
        points
    }

    fn snapshot() -> Snapshot {
        let detail = made::detail(&made::sound());
        Snapshot {
            phase: "steady",
            sessions: 7,
            verified: 50,
            detail: Some(Arc::new(detail)),
            ..Snapshot::default()
        }
    }

    #[test]
    fn names_are_unique_and_fit_both_conventions() {
        let names: BTreeSet<&str> = FIGURES.iter().map(|figure| figure.name).collect();
        assert_eq!(names.len(), FIGURES.len());
        for figure in FIGURES {
            let fits = |c: char| c.is_ascii_lowercase() || matches!(c, '.' | '_');
            assert!(figure.name.chars().all(fits), "{}", figure.name);
            assert!(!figure.help.contains(['\n', '\\', '"']), "{}", figure.help);
            // OpenMetrics keeps these endings for itself.
            for end in ["total", "bucket", "count", "sum", "created", "info", "seconds", "bytes"] {
                assert!(!figure.name.ends_with(end), "{}", figure.name);
            }
        }
    }

    #[test]
    fn figures_are_those_of_the_report() {
        let snapshot = snapshot();
        assert_eq!(points("sessions", &snapshot), [(Vec::new(), 7.0)]);
        assert_eq!(points("messages", &snapshot)[1].1, 90.0);
        assert_eq!(points("errors", &snapshot), [(label("code", "timeout"), 1.0)]);
        let service_p99 = points("operation.duration.percentile", &snapshot)[3].clone();
        assert_eq!(service_p99.0[2], ("percentile", "99".to_owned()));
        assert!((service_p99.1 - 0.081_5).abs() < 1e-9);
        assert_eq!(points("server.resident_memory", &snapshot), [], "the row knows nothing");
        let phases: Vec<f64> = points("phase", &snapshot).into_iter().map(|(_, value)| value).collect();
        assert_eq!(phases, [0.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn without_the_detail_the_line_is_still_told() {
        let plain = Snapshot { sessions: 3, ..Snapshot::default() };
        assert_eq!(points("sessions", &plain), [(Vec::new(), 3.0)]);
        assert_eq!(points("messages", &plain), []);
    }
}
