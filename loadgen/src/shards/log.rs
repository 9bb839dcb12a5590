//! Histogram logs of several processes as one: intervals of one tag and one second are added up.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use hdrhistogram::Histogram;

use super::ShardError;
use crate::measure::{HdrLog, histogram, text};

/// One line of a log.
struct Interval<'l> {
    tag: &'l str,
    from: f64,
    length: f64,
    histogram: &'l str,
}

/// All intervals of a tag that belong to one second.
struct Together {
    from: f64,
    until: f64,
    sum: Histogram<u64>,
}

/// The logs of all parts, each called by its origin, as the log of one run that began at `started`.
pub(super) fn merged(logs: &[(&str, &[u8])], started: SystemTime) -> Result<Vec<u8>, ShardError> {
    // By second first, so that the log is in the order of time.
    let mut intervals: BTreeMap<(u64, usize), Together> = BTreeMap::new();
    let mut tags: Vec<&str> = Vec::new();
    for (origin, log) in logs {
        let refuse = |line: usize, message: &str| ShardError::Record {
            origin: format!("{origin}:{line}"),
            message: message.to_owned(),
        };
        let log = std::str::from_utf8(log).map_err(|_| refuse(1, "is no text"))?;
        for (number, line) in (1..).zip(log.lines()).filter(|(_, line)| line.starts_with("Tag=")) {
            let interval = parse(line).ok_or_else(|| refuse(number, "is no interval of a histogram log"))?;
            let own = text::decode(interval.histogram).map_err(|message| refuse(number, &message))?;
            let tag = tags.iter().position(|tag| *tag == interval.tag).unwrap_or_else(|| {
                tags.push(interval.tag);
                tags.len() - 1
            });
            let until = interval.from + interval.length;
            let together = intervals.entry((second(until), tag)).or_insert_with(|| Together {
                from: interval.from,
                until,
                sum: histogram(),
            });
            together.from = together.from.min(interval.from);
            together.until = together.until.max(until);
            together.sum.add(own).map_err(|error| refuse(number, &error.to_string()))?;
        }
    }
    let mut log = HdrLog::new(started);
    for ((_, tag), together) in intervals {
        let time = |seconds: f64| Duration::try_from_secs_f64(seconds).unwrap_or_default();
        let length = time(together.until - together.from);
        log.tagged(tags[tag], &together.sum, time(together.from), length);
    }
    Ok(log.finish()?)
}

/// The second that an interval with this end belongs to.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "seconds of a run; a float saturates as it is cast"
)]
fn second(until: f64) -> u64 {
    until.round() as u64
}

/// `Tag=NAME,FROM,LENGTH,LARGEST,HISTOGRAM`.
fn parse(line: &str) -> Option<Interval<'_>> {
    let mut fields = line.strip_prefix("Tag=")?.splitn(5, ',');
    let tag = fields.next()?;
    let from: f64 = fields.next()?.parse().ok()?;
    let length: f64 = fields.next()?.parse().ok()?;
    let histogram = fields.nth(1)?;
    let sound = from.is_finite() && from >= 0.0 && length.is_finite() && length >= 0.0;
    sound.then_some(Interval { tag, from, length, histogram })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(values: &[u64]) -> Histogram<u64> {
        let mut histogram = histogram();
        values.iter().for_each(|value| histogram.record(*value).unwrap());
        histogram
    }

    fn log(intervals: &[(&str, f64, &[u64])]) -> Vec<u8> {
        let mut log = HdrLog::new(SystemTime::UNIX_EPOCH);
        for (tag, from, values) in intervals {
            log.tagged(tag, &of(values), Duration::from_secs_f64(*from), Duration::from_secs(1));
        }
        log.finish().unwrap()
    }

    #[test]
    fn seconds_are_added_tag_by_tag() {
        let first = log(&[("connect", 0.0, &[10, 20]), ("query.result", 1.002, &[500])]);
        let second = log(&[("query.result", 1.1, &[700, 900]), ("query.result", 2.1, &[5])]);
        let whole = merged(&[("a", &first), ("b", &second)], SystemTime::UNIX_EPOCH).unwrap();
        let text = String::from_utf8(whole).unwrap();
        let read: Vec<(String, Histogram<u64>)> = text
            .lines()
            .filter_map(parse)
            .map(|interval| (interval.tag.to_owned(), text::decode(interval.histogram).unwrap()))
            .collect();
        let expected = [
            ("connect".to_owned(), of(&[10, 20])),
            ("query.result".to_owned(), of(&[500, 700, 900])),
            ("query.result".to_owned(), of(&[5])),
        ];
        assert_eq!(read, expected);
    }

    #[test]
    fn a_broken_line_is_named() {
        let told = |log: &str| {
            merged(&[("x/load.hdr", log.as_bytes())], SystemTime::UNIX_EPOCH).unwrap_err().to_string()
        };
        assert_eq!(told("#a\nTag=b,x,1,1,AA\n"), "x/load.hdr:2: is no interval of a histogram log");
        assert!(told("Tag=b,1.0,1.0,1.0,AA==\n").starts_with("x/load.hdr:1: no histogram"));
    }

    proptest! {
        #[test]
        fn random_text_never_panics(text in "(Tag=)?\\PC{0,80}") {
            let _ = merged(&[("x", text.as_bytes())], SystemTime::UNIX_EPOCH);
        }
    }
}
