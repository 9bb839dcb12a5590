//! The sum of any parts is the whole: the same samples, taken by one process or dealt out to several in any way, make
//! the same report, the same timeline and the same histogram log.

use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, SystemTime};

use hdrhistogram::Histogram;
use indexmap::IndexMap;
use proptest::prelude::*;
use reports::model::{DatabaseFigures, ErrorExample, LoadReport, MessageCounts, SessionCounts};
use tokio::time::Instant;

use super::family::made;
use super::{Beside, Family, Member, Second, SecondTexts, ShardRecord, Share, Standstill, Takings};
use crate::live::{Detail, PartFigures, PartSecond, Together};
use crate::measure::{HdrLog, Operation, Phases, Recorder, Tally, Timeline, Timing, text};
use crate::resources::Usage;

const SECONDS: u64 = 6;

/// Something that was measured.
#[derive(Debug, Clone)]
struct Sample {
    operation: Operation,
    second: u64,
    late: u64,
    took: u64,
    failed: bool,
    /// How far the query was, where it is about progress.
    percent: Option<f64>,
    part: usize,
}

fn sample() -> impl Strategy<Value = Sample> {
    let operations = prop::sample::select(&Operation::ALL[..]);
    // Times from microseconds to minutes, so that histograms of all sizes meet.
    let took = prop_oneof![1_u64..2_000, 1_000_u64..900_000, 1_000_000_u64..400_000_000];
    let failed = prop::bool::weighted(0.1);
    let percent = prop::option::weighted(0.7, 0.0..=100.0_f64);
    (operations, 0..SECONDS, 0_u64..3_000_000, took, failed, percent, 0_usize..5).prop_map(
        |(operation, second, late, took, failed, percent, part)| Sample {
            operation,
            second,
            late,
            took,
            failed,
            percent,
            part,
        },
    )
}

fn scenario() -> scenarios::Scenario {
    let text = "name = \"merged\"\n[sessions]\ncount = 500\nramp = \"1s\"\nsettle = \"1s\"\nduration = \"3s\"\ndrain = \"1s\"\n";
    scenarios::parse(text, "merged.toml", &[]).unwrap()
}

/// What a process brings home that has measured `samples` and has `sessions`.
fn measured(samples: &[&Sample], sessions: u64, start: Instant) -> (Takings, Vec<u8>) {
    let phases = Phases::new(start, &scenario().sessions);
    let recorder = Recorder::new(phases);
    let counters = &recorder.counters;
    (0..sessions).for_each(|number| counters.session_up(Duration::from_millis(number)));
    let mut timeline = Timeline::new(start, Usage::default());
    let mut log = HdrLog::new(SystemTime::UNIX_EPOCH);
    let mut texts = Vec::new();
    let (mut sent, mut failures) = (0, IndexMap::new());
    for second in 0..SECONDS {
        let from = Duration::from_secs(second);
        for sample in samples.iter().filter(|sample| sample.second == second) {
            let due = start + from;
            let begun = due + Duration::from_micros(sample.late);
            let timing = Timing { due, begun, done: begun + Duration::from_micros(sample.took) };
            sent += 1;
            counters.sent.fetch_add(1, Relaxed);
            counters.received.fetch_add(3, Relaxed);
            if sample.operation == Operation::QueryResult {
                counters.queries.fetch_add(1, Relaxed);
            }
            if sample.failed {
                let code = if sample.took % 2 == 0 { "even" } else { "odd" };
                *failures.entry(code).or_insert(0_u64) += 1;
                recorder.given_up(sample.operation, timing, code, "as it was");
            } else if sample.operation == Operation::ProgressCadence {
                recorder.cadence(sample.percent, timing);
            } else {
                recorder.success(sample.operation, timing);
            }
        }
        let length = Duration::from_secs(1);
        let times = recorder.take_second(|operation, tally| log.interval(operation, tally, from, length));
        timeline.second(start + from + length, &recorder, &times, Usage::default());
        texts.push(Some(SecondTexts::of(&times)));
    }
    let named = |tallies: Vec<Tally>| -> IndexMap<String, Tally> {
        let named = Operation::ALL.into_iter().zip(tallies).filter(|(_, tally)| tally.count > 0);
        named.map(|(operation, tally)| (operation.name().to_owned(), tally)).collect()
    };
    let errors = failures.into_iter().map(|(code, count)| ErrorExample {
        code: code.to_owned(),
        count,
        example: "as it was".to_owned(),
        first_s: None,
        transcript: Vec::new(),
    });
    let mut errors: Vec<ErrorExample> = errors.collect();
    let standstills = recorder.standstills().into_iter();
    let standstills =
        standstills.map(|(tenth, times)| Standstill { tenth: u8::try_from(tenth).unwrap(), times }).collect();
    super::sort_errors(&mut errors);
    let takings = Takings {
        duration: Duration::from_secs(3),
        sessions: SessionCounts {
            requested: sessions,
            established: sessions,
            peak: sessions,
            connected_us: Some(counters.newest_up_us.load(Relaxed)),
            ..SessionCounts::default()
        },
        messages: MessageCounts { sent, received: sent * 3, ..MessageCounts::default() },
        judged: named(recorder.tallies()),
        apart: named(recorder.tallies_apart()),
        standstills,
        errors,
        seconds: timeline
            .into_rows()
            .into_iter()
            .zip(texts)
            .map(|(row, times)| Second { row, times })
            .collect(),
        ..Takings::default()
    };
    (takings, log.finish().unwrap())
}

/// The report and the log of `parts`, each through its file.
fn merged(parts: Vec<(Takings, Vec<u8>)>) -> (LoadReport, Vec<u8>) {
    let of = u32::try_from(parts.len()).unwrap();
    let members = parts.into_iter().zip(0..of).map(|((takings, hdr_log), index)| {
        let record = ShardRecord {
            scenario: scenario(),
            share: Share::new(index, of).unwrap(),
            takings,
            ..made::record(0, 1)
        };
        let record = ShardRecord::parse(record.to_text().unwrap().as_bytes(), "x").unwrap();
        Member { origin: format!("part {index}"), name: format!("shard {}", record.share), record, hdr_log }
    });
    let family = Family::of(members.collect()).unwrap().complete(false).unwrap();
    let outcome = family.merge().unwrap().outcome(crate::made::empty().header, DatabaseFigures::default());
    (LoadReport { shards: Vec::new(), ..outcome.report }, outcome.hdr_log)
}

/// Every interval of a log: its head, and its histogram, whose text also tells how it grew.
fn intervals(log: &[u8]) -> Vec<(String, Histogram<u64>)> {
    let log = String::from_utf8_lossy(log);
    let lines = log.lines().filter_map(|line| line.starts_with("Tag=").then(|| line.rsplit_once(','))?);
    let mut intervals: Vec<_> =
        lines.map(|(head, text)| (head.to_owned(), text::decode(text).unwrap())).collect();
    intervals.sort_by(|left, right| left.0.cmp(&right.0));
    intervals
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn the_sum_of_the_parts_is_the_whole(samples in prop::collection::vec(sample(), 1..120), parts in 2_usize..5) {
        let start = Instant::now();
        let all: Vec<&Sample> = samples.iter().collect();
        // The parts' newest session is younger than the whole's in this play, so each has as many as it counts.
        let share = |index: usize| Share::new(u32::try_from(index).unwrap(), u32::try_from(parts).unwrap()).unwrap();
        let whole = merged(vec![measured(&all, 500, start)]);
        let dealt = (0..parts).map(|part| {
            let own: Vec<&Sample> = all.iter().copied().filter(|sample| sample.part % parts == part).collect();
            let mut taken = measured(&own, share(part).count(500), start);
            taken.0.sessions.connected_us = Some(if part == 0 { 499_000 } else { 0 });
            taken
        });
        let sum = merged(dealt.collect());
        prop_assert_eq!(&sum.0.operations, &whole.0.operations);
        prop_assert_eq!(&sum.0.warm_up, &whole.0.warm_up);
        prop_assert_eq!(&sum.0.timeline, &whole.0.timeline);
        prop_assert_eq!(&sum.0.progress.by_percent, &whole.0.progress.by_percent);
        prop_assert_eq!(&sum.0.errors, &whole.0.errors);
        prop_assert_eq!(&sum.0, &whole.0);
        prop_assert_eq!(intervals(&sum.1), intervals(&whole.1));
    }
}

#[test]
fn standstills_of_the_same_tenth_are_one_histogram() {
    let start = Instant::now();
    let stood = |percent: f64, took: u64, part: usize| Sample {
        operation: Operation::ProgressCadence,
        second: 3,
        late: 0,
        took,
        failed: false,
        percent: Some(percent),
        part,
    };
    // One part never came beyond half of the way, and its longest times are not the other's.
    let samples =
        [stood(41.0, 900, 0), stood(45.0, 70_000_000, 1), stood(49.9, 5_000, 0), stood(93.0, 80, 1)];
    let of = |part: usize| {
        let own: Vec<&Sample> = samples.iter().filter(|sample| sample.part == part).collect();
        measured(&own, 250, start)
    };
    let bands = merged(vec![of(0), of(1)]).0.progress.by_percent;
    let told: Vec<(u8, u64)> = bands.iter().map(|band| (band.from_percent, band.gap_us.count)).collect();
    assert_eq!(told, [(40, 3), (90, 1)]);
    assert_eq!(
        bands,
        merged(vec![measured(&samples.iter().collect::<Vec<_>>(), 500, start)]).0.progress.by_percent
    );
}

/// A process while it measures.
struct Playing {
    recorder: Recorder,
    timeline: Timeline,
}

impl Playing {
    fn new(start: Instant) -> Self {
        let recorder = Recorder::new(Phases::new(start, &scenario().sessions));
        Self { recorder, timeline: Timeline::new(start, Usage::default()) }
    }

    /// Measures `samples`, and ends the second: what is told of it.
    fn second(&mut self, samples: &[&Sample], start: Instant, second: u64) -> PartSecond {
        let counters = &self.recorder.counters;
        for sample in samples {
            let due = start + Duration::from_secs(second);
            let begun = due + Duration::from_micros(sample.late);
            let timing = Timing { due, begun, done: begun + Duration::from_micros(sample.took) };
            counters.sent.fetch_add(1, Relaxed);
            match sample.failed {
                true => self.recorder.given_up(sample.operation, timing, "late", "as it was"),
                false => self.recorder.success(sample.operation, timing),
            }
        }
        let mut judged = IndexMap::new();
        let times = self.recorder.take_second(|operation, tally| {
            judged.insert(operation.to_owned(), tally.clone());
        });
        self.recorder.show_judged(|operation, tally| {
            let told: &mut Tally = judged.entry(operation.to_owned()).or_default();
            (told.count, told.errors) = (tally.count, tally.errors.clone());
        });
        let end = start + Duration::from_secs(second + 1);
        let row = self.timeline.second(end, &self.recorder, &times, Usage::default()).clone();
        let sent = counters.sent.load(Relaxed);
        let messages = MessageCounts { sent, ..MessageCounts::default() };
        let takings = Takings { judged, messages, ..Takings::default() };
        PartSecond { times: SecondTexts::of(&times), figures: Some(Box::new(PartFigures { row, takings })) }
    }
}

/// What is known after the last second of `samples`, dealt out to so many processes.
fn known(samples: &[Sample], parts: usize) -> Detail {
    let start = Instant::now();
    let names = (0..parts).map(|part| format!("part {part}")).collect();
    let mut together = Together::new(scenario(), "a server".to_owned(), names);
    let mut playing: Vec<Playing> = (0..parts).map(|_| Playing::new(start)).collect();
    let mut newest = None;
    for second in 0..SECONDS {
        for (part, process) in playing.iter_mut().enumerate() {
            let own = samples.iter().filter(|sample| sample.second == second && sample.part % parts == part);
            let told = process.second(&own.collect::<Vec<_>>(), start, second);
            let line = serde_json::to_string(&told).unwrap();
            together.hear(part, serde_json::from_str(&line).unwrap());
        }
        newest = together.look(&Beside::default(), second + 1 == SECONDS);
    }
    let mut detail = newest.unwrap();
    detail.second.sort_by(|left, right| left.name.cmp(&right.name));
    detail.operations.sort_by(|left, right| left.name.cmp(&right.name));
    detail.times.sort_by(|left, right| left.name.cmp(&right.name));
    detail
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn what_the_parts_tell_while_they_play_is_what_the_whole_would(
        samples in prop::collection::vec(sample(), 1..80),
        parts in 2_usize..4,
    ) {
        let (whole, sum) = (known(&samples, 1), known(&samples, parts));
        prop_assert!(sum.over);
        prop_assert_eq!(&sum.operations, &whole.operations);
        prop_assert_eq!(&sum.times, &whole.times);
        prop_assert_eq!(&sum.second, &whole.second);
        prop_assert_eq!(&sum.row, &whole.row);
        prop_assert_eq!(sum.messages, whole.messages);
        prop_assert_eq!(&sum.generator.send_lag_us, &whole.generator.send_lag_us);
    }
}
