//! Counters, gauges, histograms and families of them. Recording never locks but to find a label.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Most labels of one family; later ones count as `other`, so that nobody can fill the memory with names.
const MAX_LABELS: usize = 64;

/// Upper bounds of the buckets, in seconds.
const BOUNDS: [f64; 16] =
    [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0];

/// Only rises.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds one.
    pub fn increment(&self) {
        self.add(1);
    }

    /// Adds.
    pub fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    /// What has been counted.
    pub fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Rises and falls.
#[derive(Debug, Default)]
pub struct Gauge(AtomicI64);

impl Gauge {
    /// Adds, or takes away.
    pub fn add(&self, change: i64) {
        self.0.fetch_add(change, Ordering::Relaxed);
    }

    /// Sets.
    pub fn set(&self, value: i64) {
        self.0.store(value, Ordering::Relaxed);
    }

    /// The value now.
    pub fn value(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Adds one until the guard is dropped, also by a panic.
    pub fn hold(&self) -> Held<'_> {
        self.add(1);
        Held(self)
    }
}

/// One unit of a gauge.
#[derive(Debug)]
pub struct Held<'a>(&'a Gauge);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.add(-1);
    }
}

/// Durations in fixed buckets.
#[derive(Debug, Default)]
pub struct Histogram {
    buckets: [AtomicU64; BOUNDS.len()],
    count: AtomicU64,
    nanoseconds: AtomicU64,
}

impl Histogram {
    /// Records one duration.
    pub fn record(&self, duration: Duration) {
        let seconds = duration.as_secs_f64();
        if let Some(bucket) = BOUNDS.iter().position(|bound| seconds <= *bound) {
            self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }

    /// How many were recorded.
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// Their mean; `None` when nothing was recorded.
    pub fn mean(&self) -> Option<Duration> {
        self.nanoseconds.load(Ordering::Relaxed).checked_div(self.count()).map(Duration::from_nanos)
    }
}

/// Instruments of one name, told apart by a label.
#[derive(Debug)]
pub struct Family<I> {
    members: Mutex<BTreeMap<String, Arc<I>>>,
}

impl<I> Default for Family<I> {
    fn default() -> Self {
        Self { members: Mutex::default() }
    }
}

impl<I: Default> Family<I> {
    /// The instrument of a label. Keep it where it is used often.
    pub fn with(&self, label: &str) -> Arc<I> {
        let mut members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = members.get(label) {
            return Arc::clone(known);
        }
        let label = if members.len() < MAX_LABELS { label } else { "other" };
        Arc::clone(members.entry(label.to_owned()).or_default())
    }

    /// All labels with their instruments, in order.
    pub fn members(&self) -> Vec<(String, Arc<I>)> {
        let members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        members.iter().map(|(label, member)| (label.clone(), Arc::clone(member))).collect()
    }
}

/// Writes instruments in the Prometheus text format, version 0.0.4.
#[derive(Debug, Default)]
pub struct Exposition {
    text: String,
}

/// A label of a sample.
type Label<'a> = Option<(&'a str, &'a str)>;

impl Exposition {
    /// The text.
    pub fn into_text(self) -> String {
        self.text
    }

    /// A counter.
    pub fn counter(&mut self, name: &str, help: &str, counter: &Counter) {
        self.head(name, help, "counter");
        self.sample(name, &[], &counter.value());
    }

    /// A gauge.
    pub fn gauge(&mut self, name: &str, help: &str, value: impl fmt::Display) {
        self.head(name, help, "gauge");
        self.sample(name, &[], &value);
    }

    /// A family of counters.
    pub fn counters(&mut self, name: &str, help: &str, label: &str, family: &Family<Counter>) {
        self.head(name, help, "counter");
        for (value, counter) in family.members() {
            self.sample(name, &[(label, &value)], &counter.value());
        }
    }

    /// A family of gauges.
    pub fn gauges(&mut self, name: &str, help: &str, label: &str, family: &Family<Gauge>) {
        self.head(name, help, "gauge");
        for (value, gauge) in family.members() {
            self.sample(name, &[(label, &value)], &gauge.value());
        }
    }

    /// A histogram of seconds.
    pub fn histogram(&mut self, name: &str, help: &str, histogram: &Histogram) {
        self.head(name, help, "histogram");
        self.buckets(name, None, histogram);
    }

    /// A family of histograms of seconds.
    pub fn histograms(&mut self, name: &str, help: &str, label: &str, family: &Family<Histogram>) {
        self.head(name, help, "histogram");
        for (value, histogram) in family.members() {
            self.buckets(name, Some((label, &value)), &histogram);
        }
    }

    fn head(&mut self, name: &str, help: &str, kind: &str) {
        // writing to a string can't fail
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn buckets(&mut self, name: &str, label: Label<'_>, histogram: &Histogram) {
        let bucket = format!("{name}_bucket");
        // read first: a bucket read later can't exceed it, but the total must not fall below the buckets
        let mut below = 0;
        for (bound, count) in BOUNDS.iter().zip(&histogram.buckets) {
            below += count.load(Ordering::Relaxed);
            let bound = bound.to_string();
            let labels: Vec<_> = label.into_iter().chain([("le", bound.as_str())]).collect();
            self.sample(&bucket, &labels, &below);
        }
        let count = histogram.count().max(below);
        let labels: Vec<_> = label.into_iter().chain([("le", "+Inf")]).collect();
        self.sample(&bucket, &labels, &count);
        let labels: Vec<_> = label.into_iter().collect();
        let seconds = Duration::from_nanos(histogram.nanoseconds.load(Ordering::Relaxed)).as_secs_f64();
        self.sample(&format!("{name}_sum"), &labels, &seconds);
        self.sample(&format!("{name}_count"), &labels, &count);
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: &dyn fmt::Display) {
        self.text.push_str(name);
        for (index, (label, text)) in labels.iter().enumerate() {
            self.text.push(if index == 0 { '{' } else { ',' });
            let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let _ = write!(self.text, "{label}=\"{text}\"");
        }
        if !labels.is_empty() {
            self.text.push('}');
        }
        let _ = writeln!(self.text, " {value}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_histogram_is_cumulative_and_has_a_mean() {
        let histogram = Histogram::default();
        assert_eq!(histogram.mean(), None);
        for milliseconds in [1, 2, 600_000] {
            histogram.record(Duration::from_millis(milliseconds));
        }
        let mut page = Exposition::default();
        page.histogram("h", "Help.", &histogram);
        let page = page.into_text();
        for line in [
            "# TYPE h histogram",
            "h_bucket{le=\"0.0005\"} 0",
            "h_bucket{le=\"0.001\"} 1",
            "h_bucket{le=\"0.0025\"} 2",
            "h_bucket{le=\"120\"} 2",
            "h_bucket{le=\"+Inf\"} 3",
            "h_sum 600.003",
            "h_count 3",
        ] {
            assert!(page.lines().any(|found| found == line), "{line} not in\n{page}");
        }
        assert_eq!(histogram.mean(), Some(Duration::from_millis(200_001)));
    }

    #[test]
    fn labels_are_escaped_and_bounded() {
        let family = Family::<Counter>::default();
        family.with("a\"b\\c\nd").increment();
        let mut page = Exposition::default();
        page.counters("c", "Help.", "l", &family);
        assert!(page.into_text().contains("c{l=\"a\\\"b\\\\c\\nd\"} 1\n"));
        for index in 0..1_000 {
            family.with(&index.to_string()).increment();
        }
        assert_eq!(family.members().len(), MAX_LABELS + 1);
        assert_eq!(family.with("999").value(), family.with("other").value());
    }

    #[test]
    fn a_held_unit_is_given_back() {
        let gauge = Gauge::default();
        let held = gauge.hold();
        assert_eq!(gauge.value(), 1);
        drop(held);
        assert_eq!(gauge.value(), 0);
    }
}
