//! Runs against foreign servers that lie, hang and die: verdicts, within their deadlines.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use conformance::checks::{Check, ReasonCode};
use conformance::{
    Error, KnownFailure, Launcher, Launching, Observer, ProveOptions, RunOptions, Running, Target, TimeScale,
    Transcripts,
};
use reports::model::{CheckResult, CheckStatus, ConformanceReport, ProofReport};

use super::foreign::{Foreign, Manner};
use super::made::header;

pub(crate) fn options(select: &str) -> RunOptions {
    let mut options = RunOptions::new(header());
    options.selection.select = Some(select.parse().unwrap());
    options.timing_scale = TimeScale::new(0.5).unwrap();
    options
}

pub(crate) async fn run(manner: Manner, options: &RunOptions) -> ConformanceReport {
    let foreign = Foreign::start(manner);
    conformance::run(&foreign.target.clone().into(), options, &()).await.unwrap()
}

fn code(report: &ConformanceReport) -> (CheckStatus, &str) {
    let result = &report.results[0];
    (result.status, result.reason.as_ref().map_or("", |reason| reason.code.as_str()))
}

#[tokio::test]
async fn an_honest_server_passes_what_it_can() {
    let report = run(Manner::Honest, &options("handshake.accepts | handshake.pipelined-frame")).await;
    assert_eq!(report.counts.passed, 2, "{:#?}", report.results);
    assert!(report.round_trip_ms > 0.0);
}

#[tokio::test]
async fn lies_and_silence_get_their_verdicts_in_time() {
    let begin = Instant::now();
    for (manner, expected) in [
        (Manner::Hangs, ReasonCode::Missing),
        (Manner::Garbage, ReasonCode::Malformed),
        (Manner::EndlessHead, ReasonCode::Malformed),
        (Manner::Masks, ReasonCode::Malformed),
    ] {
        let report = run(manner, &options("handshake.accepts")).await;
        assert_eq!(code(&report), (CheckStatus::Failed, expected.as_str()), "{manner:?}");
    }
    assert!(begin.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn a_server_that_speaks_websocket_alone_is_checked() {
    let report =
        run(Manner::Echoes, &options("frames.text-125 | frames.binary-65536 | frames.ping-text")).await;
    assert_eq!(report.counts.passed, 3, "{:#?}", report.results);
}

#[tokio::test]
async fn a_door_that_echoes_nothing_gets_a_verdict_for_each_case() {
    let begin = Instant::now();
    let mut options = options("frames.text-* | closing.code-* | utf8.surrogate*");
    options.timing_scale = TimeScale::new(0.1).unwrap();
    options.jobs = 200;
    let report = run(Manner::Mute, &options).await;
    assert_eq!(report.counts.passed + report.counts.not_run, 0, "{:#?}", report.counts);
    assert!(report.results.iter().all(|result| result.reason.is_some()));
    assert!(begin.elapsed() < Duration::from_secs(60));
}

#[tokio::test]
async fn a_target_without_a_door_that_echoes_is_told_what_to_declare() {
    let report = run(Manner::NoDoor, &options("utf8")).await;
    assert_eq!(report.counts.not_run, report.counts.total);
    let reason = report.results[0].reason.as_ref().unwrap();
    assert!(reason.text.contains("/ws/echo is answered by 404"), "{reason:?}");
    assert!(reason.text.ends_with("say features.echo = false"), "{reason:?}");
}

#[tokio::test]
async fn a_door_is_absent_or_missing_as_the_target_declares() {
    let foreign = Foreign::start(Manner::NoDoor);
    for (declared, status) in [(false, CheckStatus::NotApplicable), (true, CheckStatus::Failed)] {
        let mut target = foreign.target.clone();
        target.features.insert("echo".to_owned(), declared);
        let report = conformance::run(&target.into(), &options("frames.text-125"), &()).await.unwrap();
        assert_eq!(report.results[0].status, status, "{:?}", report.results[0].reason);
    }
}

#[tokio::test]
async fn what_is_declined_on_the_wire_is_missing_where_it_is_declared() {
    let foreign = Foreign::start(Manner::Echoes);
    for (declared, expected) in [
        (None, (CheckStatus::NotApplicable, "not_applicable")),
        (Some(true), (CheckStatus::Failed, "missing")),
    ] {
        let mut target = foreign.target.clone();
        target.features.extend(declared.map(|declared| ("deflate".to_owned(), declared)));
        target.features.extend(declared.map(|declared| ("h2".to_owned(), declared)));
        for check in ["deflate.echo-prose-16", "extended-connect.opened"] {
            let report = conformance::run(&target.clone().into(), &options(check), &()).await.unwrap();
            assert_eq!(code(&report), expected, "{check}: {:?}", report.results[0].reason);
        }
    }
}

#[tokio::test]
async fn silence_declines_nothing() {
    let foreign = Foreign::start(Manner::Silent);
    let mut target = foreign.target.clone();
    target.features.insert("echo".to_owned(), true);
    let report = conformance::run(&target.into(), &options("extended-connect.opened"), &()).await.unwrap();
    assert_eq!(code(&report), (CheckStatus::Failed, "missing"), "{:?}", report.results[0].reason);
}

#[tokio::test]
async fn a_target_that_is_not_there_is_no_list_of_failed_checks() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let target = Target::from_url(&format!("http://127.0.0.1:{port}")).unwrap();
    let error = conformance::run(&target.clone().into(), &options("handshake"), &()).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    assert_eq!(error.exit_code(), 3);
    assert!(error.to_string().contains(&format!("http://127.0.0.1:{port}")), "{error}");
}

/// Checks of the upgrade that need no other configuration of the target.
pub(crate) const UPGRADES: &str = "handshake & !handshake.required-* & !handshake.not-required";

#[tokio::test]
async fn nothing_selected_is_an_error_of_its_own() {
    let foreign = Foreign::start(Manner::Honest);
    let error = conformance::run(&foreign.target.clone().into(), &options("no.such"), &()).await.unwrap_err();
    assert_eq!((error.exit_code(), error.to_string().contains("no.such")), (4, true));
}

#[tokio::test]
async fn quarantine_features_and_baseline_are_kept_apart_from_failures() {
    let foreign = Foreign::start(Manner::Masks);
    let mut target = foreign.target.clone();
    target.quarantine.insert("handshake.accepts".to_owned(), "flaky".to_owned());
    let mut options = options("handshake.accepts | handshake.query-text | handshake.unknown-path");
    options.baseline.known_failing.insert("handshake.query-text".to_owned(), known("ticket 12"));
    options.baseline.known_failing.insert("handshake.gone".to_owned(), known("renamed"));
    let report = conformance::run(&target.clone().into(), &options, &()).await.unwrap();
    let status = |id: &str| report.results.iter().find(|result| result.id == id).map(|found| found.status);
    assert_eq!(status("handshake.accepts"), Some(CheckStatus::Quarantined));
    assert_eq!(status("handshake.query-text"), Some(CheckStatus::KnownFailing));
    assert_eq!(status("handshake.unknown-path"), Some(CheckStatus::Failed));
    assert_eq!(report.stale_baseline, ["handshake.gone"]);
    let updated = options.baseline.updated(&report.results);
    let ids: Vec<&String> = updated.known_failing.keys().collect();
    assert_eq!(ids, ["handshake.query-text", "handshake.unknown-path"]);
    let text = updated.to_toml().unwrap();
    assert_eq!(conformance::Baseline::parse(&text, std::path::Path::new("b.toml")).unwrap(), updated);
    let mut settled = report;
    updated.settle(&mut settled);
    assert_eq!((settled.counts.failed, settled.counts.known_failing), (0, 2));
    assert!(settled.stale_baseline.is_empty());
}

/// A known failure, whatever its reason.
fn known(why: &str) -> KnownFailure {
    KnownFailure { code: None, why: why.to_owned() }
}

#[tokio::test]
async fn a_baseline_entry_that_passes_is_stale() {
    let mut options = options("handshake.accepts");
    options.baseline.known_failing.insert("handshake.accepts".to_owned(), known("old"));
    options.baseline.known_failing.insert("handshake.version".to_owned(), known("not selected"));
    let report = run(Manner::Honest, &options).await;
    assert_eq!(report.stale_baseline, ["handshake.accepts"]);
}

#[derive(Default)]
struct Listener(Mutex<Vec<String>>);

impl Observer for Listener {
    fn started(&self, check: &Check) {
        self.0.lock().unwrap().push(format!("> {}", check.id));
    }

    fn finished(&self, result: &CheckResult) {
        self.0.lock().unwrap().push(format!("< {}", result.id));
    }
}

#[tokio::test]
async fn fail_fast_ends_the_run_and_every_check_is_reported() {
    let foreign = Foreign::start(Manner::Garbage);
    let mut options = options(UPGRADES);
    (options.jobs, options.fail_fast) = (1, true);
    let listener = Listener::default();
    let report = conformance::run(&foreign.target.clone().into(), &options, &listener).await.unwrap();
    assert_eq!((report.counts.failed, report.counts.not_run), (1, report.counts.total - 1));
    let events = listener.0.lock().unwrap();
    assert_eq!(events.iter().filter(|line| line.starts_with('>')).count(), 1);
    assert_eq!(events.iter().filter(|line| line.starts_with('<')).count() as u64, report.counts.total);
}

#[tokio::test]
async fn transcripts_of_failures_are_written_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = options("handshake.accepts");
    options.folder = Some(folder.path().to_owned());
    let report = run(Manner::Masks, &options).await;
    let path = report.results[0].transcript.as_ref().unwrap();
    let text = std::fs::read_to_string(folder.path().join(path)).unwrap();
    assert!(text.contains("masked frame from a server") && text.contains("hex 81 "), "{text}");
    let lines = std::fs::read_to_string(folder.path().join(path.replace(".txt", ".jsonl"))).unwrap();
    assert!(lines.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()));
    options.transcripts = Transcripts::All;
    assert!(run(Manner::Honest, &options).await.results[0].transcript.is_some());
}

/// Hands out one foreign server.
struct Hands(Target);

impl Launcher for Hands {
    fn launch<'a>(&'a self, _overrides: &'a [&'a str]) -> Launching<'a> {
        Box::pin(async { Ok(Running::at(self.0.clone())) })
    }
}

#[tokio::test]
async fn mutants_die_for_their_reason_between_suite_and_server() {
    let foreign = Foreign::start(Manner::Honest);
    let mut options = ProveOptions::new(header());
    let able = [
        "accepts",
        "connection-list",
        "case-insensitive",
        "pipelined-frame",
        "query-text",
        "established-first",
    ];
    let able: Vec<String> = able.iter().map(|slug| format!("handshake.{slug}")).collect();
    options.selection.select = Some(able.join("|").parse().unwrap());
    let report = conformance::prove(&Hands(foreign.target.clone()), &options, &()).await.unwrap();
    assert!(report.holds(), "{report:#?}");
    let lost = report.mutants.iter().find(|mutant| mutant.mutant == "handshake.wrong-accept").unwrap();
    let told = lost.reason.as_ref().unwrap();
    assert_eq!((Some(&told.code), lost.transcript.as_ref()), (lost.reason_code.as_ref(), None));
    assert!(lost.also_killed_by.contains(&"handshake.connection-list".to_owned()));
}

/// The proof of one check with a server of this manner as the reference, and its folder.
async fn proven(manner: Manner, check: &str) -> (ProofReport, tempfile::TempDir) {
    let foreign = Foreign::start(manner);
    let folder = tempfile::tempdir().unwrap();
    let mut options = ProveOptions::new(header());
    options.selection.select = Some(check.parse().unwrap());
    options.timing_scale = TimeScale::new(0.5).unwrap();
    options.neighbours_for = Duration::ZERO;
    options.folder = Some(folder.path().to_owned());
    let report = conformance::prove(&Hands(foreign.target.clone()), &options, &()).await.unwrap();
    (report, folder)
}

fn kept(folder: &tempfile::TempDir, transcript: Option<&String>) -> String {
    std::fs::read_to_string(folder.path().join(transcript.unwrap())).unwrap()
}

#[tokio::test]
async fn a_proof_tells_what_a_check_found_where_nothing_is_wrong() {
    let (report, folder) = proven(Manner::Masks, "handshake.established-first").await;
    assert_eq!(report.failed_on_clean, ["handshake.established-first"]);
    let failure = &report.clean_failures[0];
    let reason = failure.result.reason.as_ref().unwrap();
    assert_eq!((reason.code.as_str(), failure.proxied), ("malformed", false));
    assert!(reason.text.contains(&reason.expected) && reason.text.contains(&reason.actual), "{reason:?}");
    let transcript = kept(&folder, failure.result.transcript.as_ref());
    assert!(transcript.contains("masked frame from a server"), "{transcript}");
}

#[tokio::test]
async fn a_proof_tells_what_a_check_said_of_a_mutant_that_lives() {
    let (report, folder) = proven(Manner::Hangs, "handshake.accepts").await;
    let living = report.mutants.iter().find(|mutant| !mutant.killed).unwrap();
    let reason = living.reason.as_ref().unwrap();
    assert_eq!((reason.code.as_str(), living.reason_code.as_deref()), ("missing", Some("missing")));
    assert!(kept(&folder, living.transcript.as_ref()).contains("GET "));
}
