//! The figures of a run, sent to an OpenTelemetry collector over OTLP/HTTP.
//!
//! Everything goes on in threads of its own: a collector that is slow, away or wrong costs the run nothing but one
//! line in the log. What OpenTelemetry's own variables say (`OTEL_EXPORTER_OTLP_*`, `OTEL_METRIC_EXPORT_INTERVAL`,
//! `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_SERVICE_NAME`, `OTEL_SDK_DISABLED`) holds.

use std::collections::HashMap;
use std::env;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Histogram, Meter, MeterProvider as _};
use opentelemetry_otlp::{MetricExporter, Protocol, RetryPolicy, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider, Temporality};

use super::figures::{
    DURATION, DURATION_HELP, FIGURES, Figure, Kind, Labels, PREFIX, SEND_LAG, SEND_LAG_HELP, Unit, Value,
};
use super::{Buckets, Detail, Latest};
use crate::measure::Operation;
use crate::options::{Observer, Snapshot};

/// Variables that name a collector.
const ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];

/// Variables that say how long a collector may take.
const TIMEOUTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"];

/// How long it may take where none of them does.
const PATIENCE: Duration = Duration::from_secs(3);

/// The variable that says how often figures are sent.
const INTERVAL: &str = "OTEL_METRIC_EXPORT_INTERVAL";

/// How often where it does not: a run is a matter of minutes, the standard's minute would be too coarse.
const EVERY: Duration = Duration::from_secs(5);

/// Figures can't be sent.
#[derive(Debug, thiserror::Error)]
#[error("can't send metrics to {endpoint:?}: {message}")]
pub struct ExportError {
    endpoint: String,
    message: String,
}

/// The export of one command, over all of its runs.
pub struct Export {
    latest: Latest,
    work: Option<Work>,
}

impl fmt::Debug for Export {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Export").finish_non_exhaustive()
    }
}

/// What ends with it.
struct Work {
    provider: SdkMeterProvider,
    /// Says that there is something new.
    news: SyncSender<()>,
    recording: JoinHandle<()>,
}

impl Export {
    /// Sends to the collector at `endpoint`, such as `http://127.0.0.1:4318`, or to the one that the environment
    /// names; `None` when nobody names one.
    ///
    /// # Errors
    /// The endpoint is no URL, or the environment asks for what is not there.
    pub fn start(endpoint: Option<&str>) -> Result<Option<Self>, ExportError> {
        let named = ENDPOINTS.iter().find_map(|name| variable(name));
        let off = variable("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let shown = match (endpoint, named) {
            (Some(endpoint), _) => endpoint.to_owned(),
            (None, Some(named)) if !off => named,
            (None, _) => return Ok(None),
        };
        let shown = without_secrets(&shown);
        let exporter = exporter(endpoint)
            .map_err(|error| ExportError { endpoint: shown.clone(), message: error.to_string() })?;
        let exporter = Exporter { inner: exporter, endpoint: shown.clone(), told: AtomicBool::new(false) };
        let mut reader = PeriodicReader::builder(exporter);
        if variable(INTERVAL).is_none() {
            reader = reader.with_interval(EVERY);
        }
        let provider =
            SdkMeterProvider::builder().with_reader(reader.build()).with_resource(resource()).build();
        let latest = Latest::default();
        let meter = provider.meter(PREFIX);
        for figure in FIGURES {
            observe(&meter, figure, latest.clone());
        }
        let (news, heard) = sync_channel(1);
        let recorder = Recorder::new(&meter, latest.clone());
        let recording = std::thread::Builder::new()
            .name("metrics".to_owned())
            .spawn(move || recorder.work(&heard))
            .map_err(|error| ExportError { endpoint: shown, message: error.to_string() })?;
        Ok(Some(Self { latest, work: Some(Work { provider, news, recording }) }))
    }

    /// Sends the last figures and ends. Takes no longer than the collector may take.
    pub async fn end(mut self) {
        if let Some(work) = self.work.take() {
            // A failure was told when it happened.
            let _ = tokio::task::spawn_blocking(move || work.end()).await;
        }
    }
}

impl Observer for Export {
    fn second(&self, snapshot: &Snapshot) {
        self.latest.second(snapshot);
        if let Some(work) = &self.work {
            // A word that is still waiting to be heard will do.
            let _ = work.news.try_send(());
        }
    }
}

impl Drop for Export {
    fn drop(&mut self) {
        if let Some(work) = self.work.take() {
            // After an error nobody waits for the last figures.
            std::thread::spawn(move || work.end());
        }
    }
}

impl Work {
    fn end(self) {
        drop(self.news);
        let _ = self.recording.join();
        let _ = self.provider.shutdown();
    }
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.trim().is_empty())
}

fn exporter(endpoint: Option<&str>) -> Result<MetricExporter, opentelemetry_otlp::ExporterBuildError> {
    let mut builder = MetricExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        // Sums are told from the start of the run: the next export has what this one could not deliver.
        .with_retry_policy(RetryPolicy::disabled());
    if let Some(endpoint) = endpoint {
        builder = builder.with_endpoint(format!("{}/v1/metrics", endpoint.trim_end_matches('/')));
    }
    if TIMEOUTS.iter().all(|name| variable(name).is_none()) {
        builder = builder.with_timeout(PATIENCE);
    }
    builder.build()
}

/// Who tells: the name of the service is ours unless the environment has one.
fn resource() -> Resource {
    let named = variable("OTEL_SERVICE_NAME").is_some()
        || variable("OTEL_RESOURCE_ATTRIBUTES").is_some_and(|list| list.contains("service.name="));
    let builder =
        Resource::builder().with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
    if named { builder.build() } else { builder.with_service_name("tidegate-load").build() }
}

/// `url` without a user and a password.
fn without_secrets(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let end = rest.find('/').unwrap_or(rest.len());
            let host = rest[..end].rsplit_once('@').map_or(&rest[..end], |(_, host)| host);
            format!("{scheme}://{host}{}", &rest[end..])
        }
        None => url.to_owned(),
    }
}

/// Says once that a collector does not take what it is sent.
struct Exporter {
    inner: MetricExporter,
    endpoint: String,
    told: AtomicBool,
}

impl PushMetricExporter for Exporter {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let result = self.inner.export(metrics).await;
        if let Err(error) = &result
            && !self.told.swap(true, Relaxed)
        {
            tracing::warn!(
                "the collector at {} does not take the metrics ({error}); the run goes on without it",
                self.endpoint
            );
        }
        result
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn temporality(&self) -> Temporality {
        self.inner.temporality()
    }
}

fn attributes(labels: Labels) -> Vec<KeyValue> {
    labels.into_iter().map(|(key, value)| KeyValue::new(key, value)).collect()
}

/// Lets the figure be read whenever figures are sent.
fn observe(meter: &Meter, figure: &'static Figure, latest: Latest) {
    let name = format!("{PREFIX}.{}", figure.name);
    let unit = match figure.unit {
        Unit::None => "1",
        Unit::Seconds => "s",
        Unit::Bytes => "By",
    };
    // The meter keeps what it calls; the handles are not needed.
    match figure.kind {
        Kind::Counter => {
            let counter = meter.u64_observable_counter(name).with_description(figure.help).with_unit(unit);
            let _ = counter
                .with_callback(move |observer| {
                    read(figure, &latest, |labels, value| {
                        if let Value::Whole(value) = value {
                            observer.observe(value, &labels);
                        }
                    });
                })
                .build();
        }
        Kind::Gauge | Kind::Info => {
            let gauge = meter.f64_observable_gauge(name).with_description(figure.help).with_unit(unit);
            let _ = gauge
                .with_callback(move |observer| {
                    read(figure, &latest, |labels, value| observer.observe(value.as_f64(), &labels));
                })
                .build();
        }
    }
}

fn read(figure: &Figure, latest: &Latest, take: impl Fn(Vec<KeyValue>, Value)) {
    if let Some(snapshot) = latest.get() {
        (figure.points)(&snapshot, &mut |labels, value| take(attributes(labels), value));
    }
}

/// Brings the buckets of the run into histograms of the meter, which takes values one by one.
struct Recorder {
    durations: Histogram<f64>,
    send_lag: Histogram<f64>,
    latest: Latest,
    /// What was recorded, by operation and clock.
    recorded: HashMap<(String, &'static str), Buckets>,
}

impl Recorder {
    fn new(meter: &Meter, latest: Latest) -> Self {
        let histogram = |name: &str, help: &'static str| {
            let builder =
                meter.f64_histogram(format!("{PREFIX}.{name}")).with_description(help).with_unit("s");
            builder.with_boundaries(Buckets::bounds().collect()).build()
        };
        Self {
            durations: histogram(DURATION, DURATION_HELP),
            send_lag: histogram(SEND_LAG, SEND_LAG_HELP),
            latest,
            recorded: HashMap::new(),
        }
    }

    /// Works until nobody is left who could have news.
    fn work(mut self, news: &Receiver<()>) {
        while news.recv().is_ok() {
            self.record_latest();
        }
        self.record_latest();
    }

    fn record_latest(&mut self) {
        let snapshot = self.latest.get();
        if let Some(detail) = snapshot.as_deref().and_then(|snapshot| snapshot.detail.as_deref()) {
            self.record(detail);
        }
    }

    fn record(&mut self, detail: &Detail) {
        for times in &detail.times {
            if times.name == Operation::SendLag.name() {
                self.add(&times.name, "service", &times.service, &[]);
                continue;
            }
            for (clock, buckets) in [("service", &times.service), ("intended", &times.intended)] {
                let labels =
                    [KeyValue::new("operation", times.name.to_string()), KeyValue::new("clock", clock)];
                self.add(&times.name, clock, buckets, &labels);
            }
        }
    }

    fn add(&mut self, name: &str, clock: &'static str, buckets: &Buckets, labels: &[KeyValue]) {
        let before = self.recorded.insert((name.to_owned(), clock), *buckets).unwrap_or_default();
        // Fewer than before: another run of the same command has begun.
        let before = if before.count() > buckets.count() { Buckets::default() } else { before };
        let histogram = if labels.is_empty() { &self.send_lag } else { &self.durations };
        for bucket in buckets.since(&before).each().filter(|bucket| bucket.count > 0) {
            #[expect(clippy::cast_precision_loss, reason = "counts of a second are far below 2^53")]
            let mean = bucket.sum / bucket.count as f64;
            // Never above its own bound, which the roundings of the histogram could make it.
            let value = mean.min(bucket.bound);
            for _ in 0..bucket.count {
                histogram.record(value, labels);
            }
        }
    }
}

#[cfg(test)]
mod tests;
