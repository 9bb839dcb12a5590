//! The histogram log: HdrHistogram log format, V2 compressed, an interval a second for each tag.

use std::fmt::Write;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Serializer, V2DeflateSerializer};

use super::Tally;
use crate::error::LoadError;

/// What stands in the log are microseconds; its column of largest values is in milliseconds.
const DIVISOR: f64 = 1_000.0;

/// A log that grows by an interval a second.
///
/// Tags are operations: `query.result` is its service time, `query.result.intended` its time from the intended
/// moment. An operation stands in the second in which it ended. Only what is judged is in the log, so that the
/// sum of all intervals of a tag is the histogram behind the report.
pub struct HdrLog {
    text: String,
    serializer: V2DeflateSerializer,
    bytes: Vec<u8>,
    failure: Option<String>,
}

impl std::fmt::Debug for HdrLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HdrLog").field("length", &self.text.len()).finish_non_exhaustive()
    }
}

impl HdrLog {
    /// A log of a run that started at `started`.
    pub fn new(started: SystemTime) -> Self {
        let since = started.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let text = format!(
            "#times in microseconds; NAME is service time, NAME.intended is from the intended begin\n\
             #[StartTime: {since:.3} (seconds since epoch)]\n#[MaxValueDivisor: {DIVISOR:.3}]\n"
        );
        Self { text, serializer: V2DeflateSerializer::new(), bytes: Vec::new(), failure: None }
    }

    /// Adds what ended in the interval of `length` that began `from` after the start.
    pub fn interval(&mut self, operation: &str, tally: &Tally, from: Duration, length: Duration) {
        if tally.service.is_empty() {
            return;
        }
        self.tagged(operation, &tally.service, from, length);
        self.tagged(&format!("{operation}.intended"), &tally.intended, from, length);
    }

    /// Adds one interval of `tag`.
    pub(crate) fn tagged(&mut self, tag: &str, histogram: &Histogram<u64>, from: Duration, length: Duration) {
        self.bytes.clear();
        if let Err(error) = self.serializer.serialize(histogram, &mut self.bytes) {
            self.failure.get_or_insert_with(|| error.to_string());
            return;
        }
        #[expect(clippy::cast_precision_loss, reason = "microseconds of a day are far below 2^53")]
        let largest = histogram.max() as f64 / DIVISOR;
        let (from, length) = (from.as_secs_f64(), length.as_secs_f64());
        // Writing to a string can't fail.
        let _ = write!(self.text, "Tag={tag},{from:.3},{length:.3},{largest:.3},");
        STANDARD.encode_string(&self.bytes, &mut self.text);
        self.text.push('\n');
    }

    /// The whole log.
    ///
    /// # Errors
    /// A histogram could not be written.
    pub fn finish(self) -> Result<Vec<u8>, LoadError> {
        match self.failure {
            Some(message) => Err(LoadError::HistogramLog { message }),
            None => Ok(self.text.into_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use hdrhistogram::serialization::Deserializer;
    use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};
    use tokio::time::Instant;

    use super::*;
    use crate::measure::{Operation, Phases, Recorder, Timing};

    /// Tag, begin in seconds and histogram of every interval.
    fn read(log: &[u8]) -> Vec<(String, f64, Histogram<u64>)> {
        IntervalLogIterator::new(log)
            .filter_map(|entry| match entry.unwrap() {
                LogEntry::Interval(interval) => {
                    let bytes = STANDARD.decode(interval.encoded_histogram()).unwrap();
                    let histogram = Deserializer::new().deserialize(&mut bytes.as_slice()).unwrap();
                    let tag = interval.tag().unwrap().as_str().to_owned();
                    Some((tag, interval.start_timestamp().as_secs_f64(), histogram))
                }
                _ => None,
            })
            .collect()
    }

    #[tokio::test(start_paused = true)]
    async fn the_sum_of_the_seconds_is_the_whole() {
        let second = Duration::from_secs(1);
        let recorder = Recorder::new(Phases::new(Instant::now(), &scenarios::Sessions::default()));
        let steady = recorder.phases().steady;
        let mut log = HdrLog::new(SystemTime::UNIX_EPOCH);
        for number in 0..5_u32 {
            for value in 1..=200_u64 {
                let due = steady + second * number;
                let begun = due + Duration::from_millis(value);
                let timing = Timing { due, begun, done: begun + Duration::from_micros(value * 997) };
                recorder.success(Operation::QueryResult, timing);
            }
            let from = second * number;
            recorder.take_second(|operation, tally| log.interval(operation, tally, from, second));
        }
        let read = read(&log.finish().unwrap());
        assert_eq!(read.len(), 10, "two tags in each of five seconds");
        assert_eq!((read[2].0.as_str(), read[2].1), ("query.result", 1.0));
        let whole = &recorder.tallies()[Operation::QueryResult as usize];
        for (name, histogram) in
            [("query.result", &whole.service), ("query.result.intended", &whole.intended)]
        {
            let mut sum = Histogram::<u64>::new(3).unwrap();
            for (_, _, part) in read.iter().filter(|(tag, ..)| tag == name) {
                sum.add(part).unwrap();
            }
            assert_eq!(&sum, histogram, "{name}");
        }
    }
}
