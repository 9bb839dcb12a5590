//! Made histograms by the second.

use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Serializer, V2DeflateSerializer};
use reports::hdr::{CELLS_PER_OCTAVE, LatencyLog, Second, TagSeconds};
use reports::model::{LoadReport, OperationReport};

/// Tags that pages draw.
const TAGS: [&str; 7] = [
    "query.result.intended",
    "progress.first.intended",
    "progress.first",
    "heartbeat",
    "delivery.spread",
    "resume",
    "recovery",
];

fn operation<'l>(load: &'l LoadReport, tag: &str) -> Option<&'l OperationReport> {
    let name = tag.strip_suffix(".intended").unwrap_or(tag);
    load.operations.iter().find(|operation| operation.name == name)
}

/// A second whose median wanders with the time, slow in the middle of the run.
fn second(until_s: f64, median: f64, slow: bool, per_second: u64) -> Second {
    let median = median * (1.0 + 0.25 * (until_s / 7.0).sin()) * if slow { 9.0 } else { 1.0 };
    let at = |factor: f64| (median * factor) as u64 + 1;
    let cell = |factor: f64| ((at(factor) as f64).log2() * f64::from(CELLS_PER_OCTAVE)) as u16;
    let spread = [(0.5, 0.1), (0.7, 0.2), (0.84, 0.25), (1.0, 0.25), (1.19, 0.1), (1.41, 0.05), (2.0, 0.03)];
    let mut cells: Vec<(u16, u64)> = spread
        .iter()
        .map(|(factor, share)| (cell(*factor), (per_second as f64 * share).ceil() as u64))
        .collect();
    cells.extend([2.4, 3.4, 4.8, 9.6].map(|factor| (cell(factor), 1)));
    cells.dedup_by_key(|(cell, _)| *cell);
    Second { until_s, count: per_second, p50: at(1.0), p90: at(1.5), p99: at(3.0), max: at(9.6), cells }
}

/// What a page draws of the seconds of `load`.
pub fn latency(load: &LoadReport) -> LatencyLog {
    let middle = (load.timeline.len() / 2) as f64;
    let tags = TAGS.iter().filter_map(|tag| {
        let median = operation(load, tag)?.service_us.p50 as f64;
        let steady = load.timeline.iter().filter(|row| row.phase == "steady");
        let seconds = steady
            .filter(|row| *tag != "recovery" || (row.t as u64).is_multiple_of(5))
            .map(|row| second(row.t, median, (middle..middle + 4.0).contains(&row.t), 200));
        Some(TagSeconds { tag: (*tag).to_owned(), seconds: seconds.collect() })
    });
    LatencyLog { tags: tags.collect() }
}

/// A histogram log as large as that of `load`: both clocks of every operation in every second of the steady phase.
pub fn hdr_log(load: &LoadReport) -> Vec<u8> {
    let mut log = b"#[StartTime: 1795262400.000 (seconds since epoch)]\n".to_vec();
    let mut serializer = V2DeflateSerializer::new();
    let mut histogram = Histogram::<u64>::new(3).expect("valid digits");
    for row in load.timeline.iter().filter(|row| row.phase == "steady") {
        for operation in &load.operations {
            histogram.reset();
            let second = second(row.t, operation.service_us.p50 as f64, false, 400);
            // Some 200 different values: what a second of hundreds of operations has.
            for n in 0..400_u64 {
                let wave = (n * 7_919 % 400) as f64 / 400.0;
                let _ = histogram.record((second.p50 as f64 * (0.5 + wave * wave * 2.5)) as u64 + 1);
            }
            let mut octets = Vec::new();
            if serializer.serialize(&histogram, &mut octets).is_err() {
                continue;
            }
            let text = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &octets);
            for clock in ["", ".intended"] {
                let line = format!(
                    "Tag={}{clock},{:.3},1.000,{:.3},{text}\n",
                    operation.name,
                    row.t - 1.0,
                    histogram.max() as f64 / 1e3
                );
                log.extend_from_slice(line.as_bytes());
            }
        }
    }
    log
}
