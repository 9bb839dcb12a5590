//! The histogram log: HdrHistogram log format, V2 compressed, one tag per operation and clock.

use std::time::{Duration, SystemTime};

use hdrhistogram::Histogram;
use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriterBuilder, Tag};

use super::{Operation, Tally};
use crate::error::LoadError;

/// One interval, the measured phase, for each operation: `query.result` is its service time,
/// `query.result.intended` its intended time. Values are microseconds.
pub fn hdr_log(
    started: SystemTime,
    from: Duration,
    length: Duration,
    tallies: &[Tally],
) -> Result<Vec<u8>, LoadError> {
    let failed = |message: String| LoadError::HistogramLog { message };
    let mut log = Vec::new();
    let mut serializer = V2DeflateSerializer::new();
    let mut writer = IntervalLogWriterBuilder::new()
        .add_comment("times in microseconds; NAME is service time, NAME.intended is from the intended begin")
        .with_start_time(started)
        .with_max_value_divisor(1_000.0)
        .begin_log_with(&mut log, &mut serializer)
        .map_err(|error| failed(error.to_string()))?;
    let mut write = |name: &str, histogram: &Histogram<u64>| {
        let tag = Tag::new(name).ok_or_else(|| failed(format!("{name:?} can't be a tag")))?;
        writer
            .write_histogram(histogram, from, length, Some(tag))
            .map_err(|error| failed(format!("{error:?}")))
    };
    for (operation, tally) in Operation::ALL.into_iter().zip(tallies) {
        if !tally.service.is_empty() {
            write(operation.name(), &tally.service)?;
            write(&format!("{}.intended", operation.name()), &tally.intended)?;
        }
    }
    Ok(log)
}

#[cfg(test)]
mod tests {
    use hdrhistogram::serialization::Deserializer;
    use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};

    use super::*;

    #[test]
    fn the_log_can_be_read_back() {
        let mut tallies = vec![Tally::default(); Operation::ALL.len()];
        let tally = &mut tallies[Operation::QueryResult as usize];
        for value in 1..=1_000_u64 {
            tally.service.record(value * 1_000).unwrap();
            tally.intended.record(value * 2_000).unwrap();
        }
        let log = hdr_log(SystemTime::UNIX_EPOCH, Duration::from_secs(8), Duration::from_secs(60), &tallies)
            .unwrap();
        let mut found = Vec::new();
        for entry in IntervalLogIterator::new(&log) {
            if let Ok(LogEntry::Interval(interval)) = entry {
                let bytes = {
                    use base64::Engine;
                    base64::engine::general_purpose::STANDARD.decode(interval.encoded_histogram()).unwrap()
                };
                let histogram: Histogram<u64> =
                    Deserializer::new().deserialize(&mut bytes.as_slice()).unwrap();
                found.push((interval.tag().unwrap().as_str().to_owned(), histogram.len(), histogram.max()));
            }
        }
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].0.as_str(), found[0].1), ("query.result", 1_000));
        assert_eq!(found[1].0, "query.result.intended");
        assert!(found[1].2 >= 1_990_000);
    }
}
