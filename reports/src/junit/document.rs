//! The document, built with quick-junit.

use std::collections::BTreeMap;
use std::time::Duration;

use indexmap::IndexMap;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::ReportError;
use crate::model::{CheckResult, CheckStatus, ConformanceReport, Level, Reason, ReasonKind, VerdictReport};
use crate::verdict::invalidates;
use crate::wording;

/// Characters of a transcript's end in the document; readers of it keep everything in memory.
const TAIL: usize = 3_000;
/// Characters of transcripts in the whole document.
const TAILS: usize = 1_000_000;

/// The JUnit document of `conformance`, with the ends of `transcripts` (by path) of what did not pass. Whatever else
/// `verdict` holds against the run is a case of a suite of its own, so that the document is red when the verdict is.
///
/// # Errors
/// [`ReportError::Junit`] when the XML writer fails.
pub fn to_xml(
    conformance: Option<&ConformanceReport>,
    verdict: &VerdictReport,
    transcripts: &BTreeMap<String, String>,
) -> Result<String, ReportError> {
    let mut room = TAILS;
    let mut report = Report::new("tidegate conformance");
    report.set_time(milliseconds(conformance.map_or(0.0, |conformance| conformance.duration_ms)));
    let results = conformance.map_or(&[][..], |conformance| &conformance.results);
    let mut suites: IndexMap<&str, Vec<&CheckResult>> = IndexMap::new();
    for result in results {
        suites.entry(&result.area).or_default().push(result);
    }
    for (area, results) in suites {
        let mut suite = TestSuite::new(area);
        suite.set_time(milliseconds(results.iter().map(|result| result.duration_ms).sum()));
        suite.add_property(("target", conformance.map_or("", |conformance| conformance.target.as_str())));
        let cases = results.into_iter().map(|result| {
            let counts = verdict.reasons.iter().any(|reason| reason.id == result.id);
            case(result, counts, transcripts, &mut room)
        });
        suite.add_test_cases(cases);
        report.add_test_suite(suite);
    }
    let against: Vec<TestCase> =
        verdict.reasons.iter().filter(|reason| !is_told(reason, verdict, results)).map(finding).collect();
    if !against.is_empty() {
        let mut suite = TestSuite::new("verdict");
        suite.add_test_cases(against);
        report.add_test_suite(suite);
    }
    report
        .to_string()
        .map_err(|source| ReportError::Junit { name: "conformance.junit.xml".to_owned(), source })
}

/// True for a reason that another case tells: one of a check, or one of the document of the load run.
fn is_told(reason: &Reason, verdict: &VerdictReport, results: &[CheckResult]) -> bool {
    match reason.kind {
        ReasonKind::Threshold | ReasonKind::Generator => verdict.load.is_some(),
        _ => results.iter().any(|result| {
            result.id == reason.id && matches!(result.status, CheckStatus::Failed | CheckStatus::NotRun)
        }),
    }
}

/// A reason of the verdict as a case: an error when it leaves nothing to say about the target.
fn finding(reason: &Reason) -> TestCase {
    let kind = if invalidates(reason.kind) { NonSuccessKind::Error } else { NonSuccessKind::Failure };
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(reason.text.as_str());
    status.set_type(wording::kind_verb(reason.kind).to_lowercase().replace(' ', "_"));
    let mut case = TestCase::new(reason.id.as_str(), status);
    case.set_classname("verdict");
    case
}

/// The case of a check; `counts` says whether the verdict has it among its reasons.
fn case(
    result: &CheckResult,
    counts: bool,
    transcripts: &BTreeMap<String, String>,
    room: &mut usize,
) -> TestCase {
    let mut status = match result.status {
        CheckStatus::Passed | CheckStatus::Warning => TestCaseStatus::success(),
        CheckStatus::Failed => TestCaseStatus::non_success(NonSuccessKind::Failure),
        CheckStatus::NotRun if counts => TestCaseStatus::non_success(NonSuccessKind::Error),
        CheckStatus::NotRun
        | CheckStatus::NotApplicable
        | CheckStatus::Quarantined
        | CheckStatus::KnownFailing => TestCaseStatus::skipped(),
    };
    match &result.reason {
        Some(reason) if result.status != CheckStatus::Passed => {
            status.set_message(reason.text.as_str());
            status.set_type(reason.code.as_str());
            status.set_description(details(result));
        }
        None if result.status != CheckStatus::Passed => {
            status.set_message("no reason was recorded");
        }
        _ => {}
    }
    let mut case = TestCase::new(result.id.as_str(), status);
    case.set_classname(result.area.as_str());
    case.set_time(milliseconds(result.duration_ms));
    for requirement in &result.requirements {
        case.add_property(("requirement", requirement.as_str()));
    }
    case.add_property(("level", level(result.level)));
    let out = output(result, transcripts, room);
    if !out.is_empty() {
        case.set_system_out(out);
    }
    case
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Must => "must",
        Level::Should => "should",
        Level::May => "may",
    }
}

/// What is to be told besides the outcome: a warning, a second try, several runs, the last messages.
fn output(result: &CheckResult, transcripts: &BTreeMap<String, String>, room: &mut usize) -> String {
    let mut parts = Vec::new();
    if result.status == CheckStatus::Warning {
        parts.push(format!("warning\n{}", details(result)));
    }
    if let Some(first) = &result.at_first {
        parts.push(format!("at first, beside other checks: {}; then run again alone", first.text));
    }
    if let Some(runs) = &result.runs {
        parts.push(format!(
            "{} runs: {} passed, {} failed, {} not run, {} passed alone",
            runs.runs, runs.passed, runs.failed, runs.not_run, runs.late_at_first
        ));
    }
    let transcript = result.transcript.as_ref().filter(|_| result.status != CheckStatus::Passed);
    if let Some(text) = transcript.and_then(|path| transcripts.get(path)) {
        let tail = tail(text);
        if tail.len() <= *room {
            *room -= tail.len();
            parts.push(format!("the end of the transcript:\n{tail}"));
        }
    }
    parts.join("\n\n")
}

/// The last lines of `text`.
fn tail(text: &str) -> &str {
    let Some((start, _)) = text.char_indices().rev().nth(TAIL) else { return text };
    let part = &text[start..];
    part.find('\n').map_or(part, |line| &part[line + 1..])
}

/// What a person needs to begin: the title, the clause, both sides, and where the bytes are.
fn details(result: &CheckResult) -> String {
    let mut text = result.title.clone();
    if !result.clause.is_empty() {
        text.push_str("\nclause: ");
        text.push_str(&result.clause);
    }
    if let Some(reason) = &result.reason {
        text.push_str(&format!("\nexpected: {}\nactual: {}", reason.expected, reason.actual));
    }
    if let Some(transcript) = &result.transcript {
        text.push_str("\ntranscript: ");
        text.push_str(transcript);
    }
    text
}

/// A time in milliseconds; what is no time (negative, not a number) counts as none.
fn milliseconds(ms: f64) -> Duration {
    Duration::try_from_secs_f64(ms / 1000.0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sample;
    use crate::verdict::{Evidence, judge};

    fn transcripts() -> BTreeMap<String, String> {
        let results = sample::one_of_each().results;
        results.iter().filter_map(|r| Some((r.transcript.clone()?, sample::transcript_of(r)))).collect()
    }

    /// The document of `report` with the verdict over it.
    fn document(report: &ConformanceReport, transcripts: &BTreeMap<String, String>) -> String {
        judged(report, transcripts, |_| {})
    }

    fn judged(
        report: &ConformanceReport,
        transcripts: &BTreeMap<String, String>,
        spoil: impl FnOnce(&mut Evidence<'_>),
    ) -> String {
        let mut evidence = Evidence { conformance: Some(report), ..Evidence::default() };
        spoil(&mut evidence);
        let verdict = judge(&report.header, "check", &evidence);
        to_xml(Some(report), &verdict, transcripts).unwrap()
    }

    /// Cases, failures and errors of a document.
    fn counts(xml: &str) -> (usize, usize, usize) {
        let read = Report::deserialize_from_str(xml).unwrap();
        (read.tests, read.failures, read.errors)
    }

    #[test]
    fn the_document_is_red_when_the_verdict_is() {
        let clean = sample::conformance(3, &[]);
        let none = BTreeMap::new();
        assert_eq!(counts(&document(&clean, &none)), (3, 0, 0));
        let mut stale = clean.clone();
        stale.stale_baseline.push("rest.gone".to_owned());
        let xml = document(&stale, &none);
        assert_eq!(counts(&xml), (4, 1, 0));
        assert!(xml.contains("<testsuite name=\"verdict\"") && xml.contains("type=\"stale\""), "{xml}");
        let mut flaky = clean.clone();
        flaky.results[0].status = CheckStatus::Warning;
        flaky.results[0].runs =
            Some(crate::model::RunCounts { runs: 9, passed: 8, failed: 1, ..Default::default() });
        assert_eq!(counts(&document(&flaky, &none)), (4, 1, 0));
        for kind in [ReasonKind::Target, ReasonKind::Harness] {
            let trouble = Reason { kind, id: "server".to_owned(), text: "it went away".to_owned() };
            let xml = judged(&clean, &none, |evidence| evidence.trouble.push(trouble));
            assert_eq!(counts(&xml), (4, 0, 1));
        }
        assert_eq!(counts(&judged(&clean, &none, |evidence| evidence.interrupted = true)), (4, 0, 1));
        let evidence = Evidence { interrupted: true, ..Evidence::default() };
        let nothing = judge(&clean.header, "check", &evidence);
        assert_eq!(counts(&to_xml(None, &nothing, &none).unwrap()), (1, 0, 1));
    }

    #[test]
    fn what_could_not_be_run_is_an_error_unless_that_is_allowed() {
        let mut report = sample::conformance(3, &[]);
        report.results[0].status = CheckStatus::NotRun;
        let none = BTreeMap::new();
        assert_eq!(counts(&document(&report, &none)), (3, 0, 1));
        assert_eq!(counts(&judged(&report, &none, |evidence| evidence.allow_not_run = true)), (3, 0, 0));
    }

    #[test]
    fn what_was_seen_at_first_and_in_other_runs_is_told() {
        let mut report = sample::one_of_each();
        let reason = report.results[1].reason.clone();
        report.results[0].at_first = reason;
        report.results[0].runs =
            Some(crate::model::RunCounts { runs: 9, passed: 8, failed: 1, ..Default::default() });
        let xml = document(&report, &transcripts());
        assert!(xml.contains("at first, beside other checks") && xml.contains("9 runs: 8 passed, 1 failed"));
        assert!(xml.contains("TCP closed by peer"), "the end of the transcript");
        assert!(xml.contains("<property name=\"requirement\""));
    }

    #[test]
    fn the_document_stays_small_whatever_the_transcripts() {
        let mut report = sample::checked(1_300, 1_300).conformance.unwrap();
        for result in &mut report.results {
            result.transcript = Some("transcripts/one.txt".to_owned());
        }
        let long = BTreeMap::from([("transcripts/one.txt".to_owned(), "a message\n".repeat(100_000))]);
        assert!(document(&report, &long).len() < 3_000_000);
    }

    #[test]
    fn every_status_has_its_element() {
        insta::assert_snapshot!(document(&sample::one_of_each(), &transcripts()));
    }

    proptest! {
        #[test]
        fn any_text_makes_a_document(text in any::<String>(), ms in any::<f64>()) {
            let mut report = sample::one_of_each();
            for result in &mut report.results {
                result.title.clone_from(&text);
                result.area.clone_from(&text);
                result.duration_ms = ms;
                if let Some(reason) = &mut result.reason {
                    reason.text.clone_from(&text);
                }
            }
            let xml = document(&report, &BTreeMap::new());
            prop_assert!(Report::deserialize_from_str(&xml).is_ok());
        }
    }
}
