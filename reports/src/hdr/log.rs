//! The log as a whole: the wanted tags, an interval a second.

use super::sparse::Sparse;

/// Cells of a heat map in which a time doubles.
pub const CELLS_PER_OCTAVE: u16 = 4;

/// Why a log could not be read, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct HdrFault {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: &'static str,
}

/// One interval of one tag. Times in microseconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Second {
    /// Its end, seconds since the start of the run.
    pub until_s: f64,
    /// Number of times.
    pub count: u64,
    /// Median.
    pub p50: u64,
    /// 90th percentile.
    pub p90: u64,
    /// 99th percentile.
    pub p99: u64,
    /// Largest.
    pub max: u64,
    /// How many lie in each cell of a logarithmic scale, ascending; see [`cell_from_us`].
    pub cells: Vec<(u16, u64)>,
}

/// All intervals of one tag, in their order.
#[derive(Debug, Clone, PartialEq)]
pub struct TagSeconds {
    /// The tag, such as `query.result.intended`.
    pub tag: String,
    /// Its intervals.
    pub seconds: Vec<Second>,
}

/// The wanted part of a log.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LatencyLog {
    /// One entry a tag, in the order in which they were wanted; those without an interval are left out.
    pub tags: Vec<TagSeconds>,
}

/// The smallest time, in microseconds, that lies in `cell`.
pub fn cell_from_us(cell: u16) -> f64 {
    (f64::from(cell) / f64::from(CELLS_PER_OCTAVE)).exp2()
}

/// The cell in which a time lies.
fn cell_of(us: u64) -> u16 {
    (us.max(1) as f64).log2().mul_add(f64::from(CELLS_PER_OCTAVE), 1e-9).floor() as u16
}

impl LatencyLog {
    /// Reads the intervals of the tags that are `wanted`; lines of other tags are passed over unread.
    ///
    /// # Errors
    /// The first line that is no interval, or whose histogram can't be decoded.
    pub fn read(log: &[u8], wanted: &[String]) -> Result<Self, HdrFault> {
        let mut tags: Vec<TagSeconds> =
            wanted.iter().map(|tag| TagSeconds { tag: tag.clone(), seconds: Vec::new() }).collect();
        let mut sparse = Sparse::default();
        for (at, line) in log.split(|octet| *octet == b'\n').enumerate() {
            let Some(rest) = line.strip_prefix(b"Tag=") else { continue };
            let fault = |what| HdrFault { line: at + 1, what };
            let comma =
                rest.iter().position(|octet| *octet == b',').ok_or(fault("a tag without an interval"))?;
            let (tag, interval) = rest.split_at(comma);
            let Some(found) = tags.iter_mut().find(|known| known.tag.as_bytes() == tag) else { continue };
            let interval = std::str::from_utf8(&interval[1..]).map_err(|_| fault("no text"))?;
            found.seconds.push(second(interval, &mut sparse).map_err(fault)?);
        }
        tags.retain(|tag| !tag.seconds.is_empty());
        Ok(Self { tags })
    }

    /// The intervals of `tag`.
    pub fn tag(&self, tag: &str) -> Option<&TagSeconds> {
        self.tags.iter().find(|known| known.tag == tag)
    }
}

/// Reads `from,length,largest,histogram`.
fn second(interval: &str, sparse: &mut Sparse) -> Result<Second, &'static str> {
    let mut fields = interval.trim_end_matches('\r').splitn(4, ',');
    let mut number = || fields.next().and_then(|field| field.parse::<f64>().ok()).filter(|n| n.is_finite());
    let (from, length) = (number().ok_or("no begin")?, number().ok_or("no length")?);
    let histogram = fields.nth(1).ok_or("no histogram")?;
    sparse.decode(histogram)?;
    let [p50, p90, p99] = sparse.quantiles([0.5, 0.9, 0.99]);
    let mut cells: Vec<(u16, u64)> = Vec::new();
    for (value, count) in &sparse.values {
        let cell = cell_of(*value);
        match cells.last_mut() {
            Some((last, sum)) if *last == cell => *sum += count,
            _ => cells.push((cell, *count)),
        }
    }
    Ok(Second { until_s: from + length, count: sparse.total, p50, p90, p99, max: sparse.max(), cells })
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use hdrhistogram::Histogram;
    use hdrhistogram::serialization::{Serializer, V2DeflateSerializer};

    use super::*;

    fn line(tag: &str, from: u32, values: &[u64]) -> String {
        let mut histogram = Histogram::<u64>::new(3).unwrap();
        values.iter().for_each(|value| histogram.record(*value).unwrap());
        let mut octets = Vec::new();
        V2DeflateSerializer::new().serialize(&histogram, &mut octets).unwrap();
        format!("Tag={tag},{from}.000,1.000,{}.000,{}\n", histogram.max() / 1_000, STANDARD.encode(octets))
    }

    fn wanted(tags: &[&str]) -> Vec<String> {
        tags.iter().map(|tag| (*tag).to_owned()).collect()
    }

    #[test]
    fn the_wanted_tags_are_read_by_the_second() {
        let log = format!(
            "#head\n{}{}{}",
            line("a", 0, &[100, 200, 900]),
            line("b", 0, &[1]),
            line("a", 1, &[5_000_000])
        );
        let read = LatencyLog::read(log.as_bytes(), &wanted(&["c", "a"])).unwrap();
        assert_eq!(read.tags.len(), 1);
        let seconds = &read.tag("a").unwrap().seconds;
        assert_eq!(
            (seconds[0].until_s, seconds[0].count, seconds[0].p50, seconds[0].max),
            (1.0, 3, 200, 900)
        );
        assert_eq!((seconds[1].until_s, seconds[1].count), (2.0, 1));
        assert_eq!(seconds[0].cells.iter().map(|(_, count)| count).sum::<u64>(), 3);
    }

    #[test]
    fn a_log_as_runs_write_it_is_read_whole() {
        let mut load = crate::sample::gate_pass().load.unwrap();
        load.timeline.truncate(14);
        let read =
            LatencyLog::read(&crate::sample::hdr_log(&load), &crate::html::wanted_tags(&load)).unwrap();
        let tags: Vec<&str> = read.tags.iter().map(|tag| tag.tag.as_str()).collect();
        let lines = ["progress.first", "heartbeat", "delivery.spread", "resume", "recovery"];
        assert_eq!(tags[..2], ["query.result.intended", "progress.first.intended"]);
        assert_eq!(tags[2..], lines);
        assert!(read.tags.iter().all(|tag| tag.seconds.len() == 4 && tag.seconds[0].count == 400));
    }

    #[test]
    fn a_broken_line_is_named() {
        for (log, line, what) in [
            ("Tag=a\n", 1, "a tag without an interval"),
            ("#x\nTag=a,1,x,2,3\n", 2, "no length"),
            ("Tag=a,1,1,2\n", 1, "no histogram"),
            ("Tag=a,1,1,2,!\n", 1, "no base 64"),
        ] {
            assert_eq!(
                LatencyLog::read(log.as_bytes(), &wanted(&["a"])),
                Err(HdrFault { line, what }),
                "{log}"
            );
        }
        let nothing = LatencyLog::read(b"Tag=a,\xff\nTag=b", &wanted(&["c"]));
        assert!(nothing.is_err(), "no interval at all");
    }

    #[test]
    fn cells_double_every_four() {
        for (us, cell) in [(0, 0), (1, 0), (2, 4), (1_024, 40), (1_448, 41), (1_449, 42), (2_047, 43)] {
            assert_eq!(cell_of(us), cell, "{us}");
        }
        assert!((cell_from_us(40) - 1_024.0).abs() < 1e-6);
    }

    proptest::proptest! {
        #[test]
        fn random_logs_never_panic(log in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let _ = LatencyLog::read(&log, &wanted(&["a"]));
            let log = [b"Tag=a,".as_slice(), &log].concat();
            let _ = LatencyLog::read(&log, &wanted(&["a"]));
        }
    }
}
