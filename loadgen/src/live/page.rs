//! The page for scrapers: OpenMetrics 1.0, or the older text format of Prometheus where that is asked for.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::exemplar::Exemplar;
use prometheus_client::registry::{Registry, Unit as PageUnit};

use super::figures::{
    DURATION, DURATION_HELP, FIGURES, Figure, Kind, Labels, PREFIX, SEND_LAG, SEND_LAG_HELP, Unit, Value,
};
use super::{Buckets, Detail};
use crate::options::Snapshot;

/// In which of the two it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PageFormat {
    /// OpenMetrics 1.0.0.
    OpenMetrics,
    /// Prometheus text 0.0.4.
    Prometheus,
}

impl PageFormat {
    /// As the content type says it.
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}

/// The page about `snapshot`; without one, about a run that has not begun.
///
/// # Errors
/// None that could come up: writing to a string does not fail.
pub(super) fn page(snapshot: Option<Arc<Snapshot>>, format: PageFormat) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix(PREFIX.replace('.', "_"));
    if let Some(snapshot) = snapshot {
        registry.register_collector(Box::new(Figures(snapshot)));
    }
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(match format {
        PageFormat::OpenMetrics => text,
        PageFormat::Prometheus => in_prometheus_text(&text),
    })
}

/// All figures of one snapshot.
#[derive(Debug)]
struct Figures(Arc<Snapshot>);

impl Collector for Figures {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        for figure in FIGURES {
            write_figure(&mut encoder, figure, &self.0)?;
        }
        match &self.0.detail {
            Some(detail) => write_times(&mut encoder, detail),
            None => Ok(()),
        }
    }
}

fn page_name(name: &str) -> String {
    name.replace('.', "_")
}

fn write_figure(encoder: &mut DescriptorEncoder<'_>, figure: &Figure, snapshot: &Snapshot) -> fmt::Result {
    let mut points = Vec::new();
    (figure.points)(snapshot, &mut |labels, value| points.push((labels, value)));
    if points.is_empty() {
        return Ok(());
    }
    let unit = match figure.unit {
        Unit::None => None,
        Unit::Seconds => Some(PageUnit::Seconds),
        Unit::Bytes => Some(PageUnit::Bytes),
    };
    let kind = match figure.kind {
        Kind::Counter => MetricType::Counter,
        Kind::Gauge => MetricType::Gauge,
        Kind::Info => MetricType::Info,
    };
    let name = page_name(figure.name);
    let mut metric = encoder.encode_descriptor(&name, figure.help, unit.as_ref(), kind)?;
    for (labels, value) in points {
        write_point(&mut metric, figure.kind, &labels, value)?;
    }
    Ok(())
}

fn write_point(metric: &mut MetricEncoder<'_>, kind: Kind, labels: &Labels, value: Value) -> fmt::Result {
    if kind == Kind::Info {
        return metric.encode_info(labels);
    }
    if labels.is_empty() {
        return write_value(metric, kind, value);
    }
    write_value(&mut metric.encode_family(labels)?, kind, value)
}

fn write_value(metric: &mut MetricEncoder<'_>, kind: Kind, value: Value) -> fmt::Result {
    const NONE: Option<&Exemplar<NoLabelSet, f64>> = None;
    match (kind, value) {
        (Kind::Counter, Value::Whole(value)) => metric.encode_counter(&value, NONE),
        (Kind::Counter, Value::Real(value)) => metric.encode_counter(&value, NONE),
        (Kind::Gauge | Kind::Info, Value::Whole(value)) => metric.encode_gauge(&value),
        (Kind::Gauge | Kind::Info, Value::Real(value)) => metric.encode_gauge(&value),
    }
}

fn write_times(encoder: &mut DescriptorEncoder<'_>, detail: &Detail) -> fmt::Result {
    let unit = Some(&PageUnit::Seconds);
    let is_lag = |name: &str| name == crate::measure::Operation::SendLag.name();
    let name = page_name(DURATION);
    let mut metric = encoder.encode_descriptor(&name, DURATION_HELP, unit, MetricType::Histogram)?;
    for times in detail.times.iter().filter(|times| !is_lag(&times.name)) {
        for (clock, buckets) in [("service", &times.service), ("intended", &times.intended)] {
            let labels: Labels = vec![("operation", times.name.to_string()), ("clock", clock.to_owned())];
            write_histogram(&mut metric.encode_family(&labels)?, buckets)?;
        }
    }
    let name = page_name(SEND_LAG);
    let mut metric = encoder.encode_descriptor(&name, SEND_LAG_HELP, unit, MetricType::Histogram)?;
    match detail.times.iter().find(|times| is_lag(&times.name)) {
        Some(times) => write_histogram(&mut metric, &times.service),
        None => Ok(()),
    }
}

fn write_histogram(metric: &mut MetricEncoder<'_>, buckets: &Buckets) -> fmt::Result {
    let counts: Vec<(f64, u64)> = buckets.each().map(|bucket| (bucket.bound, bucket.count)).collect();
    metric.encode_histogram::<NoLabelSet>(buckets.sum().as_secs_f64(), buckets.count(), &counts, None)
}

/// The same in the older format: counters and infos are declared by their full names, an info is a gauge, and there
/// are neither units nor an end mark.
fn in_prometheus_text(open: &str) -> String {
    let kinds: HashMap<&str, &str> =
        open.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' ')).collect();
    let full = |name: &str| match kinds.get(name) {
        Some(&"counter") => format!("{name}_total"),
        Some(&"info") => format!("{name}_info"),
        _ => name.to_owned(),
    };
    let mut text = String::with_capacity(open.len());
    for line in open.lines() {
        if line.starts_with("# UNIT ") || line == "# EOF" {
            continue;
        }
        let declared =
            ["# HELP ", "# TYPE "].into_iter().find_map(|head| Some((head, line.strip_prefix(head)?)));
        match declared.and_then(|(head, rest)| Some((head, rest.split_once(' ')?))) {
            Some(("# TYPE ", (name, "info"))) => text.extend(["# TYPE ", &full(name), " gauge"]),
            Some((head, (name, rest))) => text.extend([head, &full(name), " ", rest]),
            None => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use hdrhistogram::Histogram;
    use reports::model::ErrorExample;

    use super::super::OperationTimes;
    use super::*;
    use crate::made;

    fn snapshot() -> Arc<Snapshot> {
        let mut detail = made::detail(&made::sound());
        let mut histogram = Histogram::new(3).unwrap();
        for value in [90, 900, 9_000, 90_000_000] {
            histogram.record(value).unwrap();
        }
        let service = Buckets::of(&histogram);
        detail.times = vec![
            OperationTimes { name: "progress.first".into(), service, intended: service },
            OperationTimes { name: "send.lag".into(), service, intended: Buckets::default() },
        ];
        let hostile = ErrorExample { code: "a\"b\\c\nd".to_owned(), count: 2, ..ErrorExample::default() };
        detail.errors.push(hostile);
        Arc::new(Snapshot {
            phase: "steady",
            sessions: 7,
            detail: Some(Arc::new(detail)),
            ..Snapshot::default()
        })
    }

    #[test]
    fn the_page_is_open_metrics() {
        let text = page(Some(snapshot()), PageFormat::OpenMetrics).unwrap();
        assert!(text.ends_with("\n# EOF\n"), "{text}");
        for line in [
            "# TYPE tidegate_load_messages counter",
            "tidegate_load_messages_total{direction=\"received\"} 90",
            "tidegate_load_sessions 7",
            "# TYPE tidegate_load_run info",
            "# UNIT tidegate_load_elapsed_seconds seconds",
            "tidegate_load_errors_total{code=\"timeout\"} 1",
            "tidegate_load_errors_total{code=\"a\\\"b\\\\c\\nd\"} 2",
            "# TYPE tidegate_load_operation_duration_seconds histogram",
            "tidegate_load_operation_duration_seconds_count{operation=\"progress.first\",clock=\"intended\"} 4",
            "tidegate_load_send_lag_seconds_bucket{le=\"+Inf\"} 4",
            "tidegate_load_send_lag_seconds_bucket{le=\"0.001\"} 2",
        ] {
            assert!(text.lines().any(|found| found == line), "no {line} in\n{text}");
        }
        let bucket = "tidegate_load_operation_duration_seconds_bucket{le=\"0.01\",operation=\"progress.first\",clock=\"service\"} 3";
        assert!(text.contains(bucket), "{text}");
    }

    #[test]
    fn the_older_format_declares_counters_by_their_full_names() {
        let text = page(Some(snapshot()), PageFormat::Prometheus).unwrap();
        assert!(text.contains("# TYPE tidegate_load_messages_total counter\n"), "{text}");
        assert!(text.contains("# HELP tidegate_load_messages_total Messages\n"), "{text}");
        assert!(text.contains("# TYPE tidegate_load_run_info gauge\n"), "{text}");
        assert!(text.contains("# TYPE tidegate_load_sessions gauge\n"), "{text}");
        assert!(text.contains("\ntidegate_load_messages_total{direction=\"sent\"} 10\n"), "{text}");
        assert!(!text.contains("# EOF") && !text.contains("# UNIT"), "{text}");
    }

    #[test]
    fn before_the_first_second_there_is_an_empty_page() {
        assert_eq!(page(None, PageFormat::OpenMetrics).unwrap(), "# EOF\n");
        assert_eq!(page(None, PageFormat::Prometheus).unwrap(), "");
    }
}
