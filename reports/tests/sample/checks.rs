//! Made results of the suite.

use reports::model::{
    CheckResult, CheckStatus, ConformanceCounts, ConformanceReport, FailureReason, InstrumentFigures, Level,
};

use super::header;

/// Area, ids and titles of a suite of plausible size.
const AREAS: [(&str, usize); 8] = [
    ("handshake", 16),
    ("established", 10),
    ("heartbeat", 10),
    ("framing", 20),
    ("query", 12),
    ("resume", 12),
    ("limits", 10),
    ("rest", 8),
];

/// `count` results over all areas, those at `failing` failed; a few are warnings, skipped or quarantined.
pub fn conformance(count: usize, failing: &[usize]) -> ConformanceReport {
    let mut areas = AREAS.iter().cycle().flat_map(|(area, n)| std::iter::repeat_n(*area, *n));
    let results: Vec<_> = (0..count)
        .map(|at| {
            let area = areas.next().expect("the areas repeat for ever");
            let mut result = CheckResult {
                id: format!("{area}.clause-{at}"),
                title: format!("The {area} clause number {at} is kept"),
                area: area.into(),
                level: if at % 9 == 4 { Level::Should } else { Level::Must },
                requirements: vec![format!("S3-{}-{at:03}", area[..2].to_uppercase())],
                clause: format!(
                    "The server keeps clause {at} of {area} for every connection, whatever the door."
                ),
                status: CheckStatus::Passed,
                reason: None,
                duration_ms: 12.0 + (at * 37 % 190) as f64,
                transcript: Some(format!("transcripts/{area}.clause-{at}.txt")),
                at_first: None,
                at_first_transcript: None,
                runs: None,
            };
            match at {
                _ if failing.contains(&at) => fail(&mut result, at),
                40 => set(&mut result, CheckStatus::Warning, "late"),
                90 => set(&mut result, CheckStatus::NotApplicable, "feature_off"),
                _ => {}
            }
            result
        })
        .collect();
    ConformanceReport {
        header: header("tidegate.conformance"),
        target: "embedded reference server".into(),
        duration_ms: 11_240.0,
        round_trip_ms: 0.21,
        round_trip_worst_ms: Some(0.64),
        profile: None,
        instrument: Some(InstrumentFigures::new(2, 14.0, 25.0, 11_240.0)),
        repetition: None,
        target_gone: None,
        counts: ConformanceCounts::of(&results),
        stale_baseline: vec![],
        results,
    }
}

fn fail(result: &mut CheckResult, at: usize) {
    result.status = CheckStatus::Failed;
    result.level = Level::Must;
    let wrong_code = at.is_multiple_of(2);
    result.title = "A ping without answer ends the connection".into();
    result.clause = "When no pong arrives within pong_timeout, the server closes with 4408 and the reason \
                     \"pong timeout\", at most one ping interval later."
        .into();
    result.reason = Some(FailureReason {
        code: if wrong_code { "wrong_close_code" } else { "late" }.into(),
        expected: "close 4408 \"pong timeout\" within 800 ms".into(),
        actual: "close 1006 without a close frame after 1,412 ms".into(),
        text: "the connection was cut without a close frame, 612 ms late".into(),
    });
}

fn set(result: &mut CheckResult, status: CheckStatus, code: &str) {
    result.status = status;
    result.reason = Some(FailureReason {
        code: code.into(),
        expected: "a pong within 200 ms".into(),
        actual: "a pong after 231 ms".into(),
        text: match status {
            CheckStatus::NotApplicable => "the target declares that it has no redis".into(),
            CheckStatus::Quarantined => "known race, see ticket 812".into(),
            CheckStatus::NotRun => "the door could not be opened: connection refused".into(),
            CheckStatus::KnownFailing => "fails as the baseline says".into(),
            _ => "the pong came 31 ms after its time".into(),
        },
    });
}

/// One check of every status.
pub fn one_of_each() -> ConformanceReport {
    let mut report = conformance(7, &[]);
    let statuses = [
        CheckStatus::Passed,
        CheckStatus::Failed,
        CheckStatus::Warning,
        CheckStatus::NotApplicable,
        CheckStatus::NotRun,
        CheckStatus::Quarantined,
        CheckStatus::KnownFailing,
    ];
    for (at, (result, status)) in report.results.iter_mut().zip(statuses).enumerate() {
        if at > 3 {
            result.area = "heartbeat".into();
        }
        match status {
            CheckStatus::Passed => {}
            CheckStatus::Failed => fail(result, 1),
            _ => set(result, status, "late"),
        }
    }
    report.counts = ConformanceCounts::of(&report.results);
    report
}

/// A transcript in the manner of the suite.
pub fn transcript(result: &CheckResult) -> String {
    format!(
        "# {}\n# target 127.0.0.1:41234, times in milliseconds since connect\n\
         0.000  -- TCP connected\n\
         0.112  >> GET /ws/query HTTP/1.1  Upgrade: websocket  Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n\
         0.498  << HTTP/1.1 101 Switching Protocols\n\
         0.742  << text fin  {{\"type\":\"connection_established\",\"session_id\":\"5f1c\"}}\n\
         200.91 << ping fin  74 67 2d 31\n\
         1412.3 -- TCP closed by peer, no close frame\n",
        result.id
    )
}
