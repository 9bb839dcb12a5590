//! Whole runs against a small server: everything is right, and every fault is seen for what it is.
#![expect(clippy::unwrap_used, reason = "a test that panics says where")]

mod attack;
#[cfg(test)]
mod faults;
mod mini;

use std::sync::Mutex;
use std::time::Duration;

use attack::{TURN, header};
use loadgen::{Ending, LoadError, LoadOutcome, Options, Stop, Target, run};
use mini::{Faults, Mini, STAGE};
use reports::model::GeneratorVerdict;
use scenarios::Scenario;

/// 20 sessions for 2 s, quick questions. Machine speed decides nothing: the limits on the generator are wide.
fn scenario(extra: &str) -> (Scenario, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("questions.json");
    std::fs::write(&file, mini::questions()).unwrap();
    let text = format!(
        r#"
name = "test"
thresholds = ["sessions.peak >= 20", "lost == 0", "duplicated == 0", "out_of_order == 0", "wrong_answers == 0",
              "verified_answers > 20", "rate(errors) < 0.1%", "replayed > 0", "p99(query.result.intended) < 20s"]
[sessions]
count = 20
ramp = "300ms"
settle = "200ms"
duration = "2s"
drain = "300ms"
[heartbeat]
interval = "200ms"
[questions]
file = {file:?}
answer_budget = "150ms"
think = {{ min = "10ms", max = "100ms" }}
stream_share = 0.3
[reconnect]
share = 0.3
outage = {{ min = "10ms", max = "60ms" }}
[generator]
send_lag_p99 = "10s"
little_residual = 1.0
cpu_share = 1.0
{extra}
"#
    );
    (scenarios::parse(&text, "test.toml", &[]).unwrap(), folder)
}

async fn play(faults: Faults, extra: &str) -> LoadOutcome {
    let (scenario, _folder) = scenario(extra);
    let server = Mini::start(faults);
    let target = Target::resolve(&server.url()).await.unwrap();
    Box::pin(run(&scenario, &target, Options::new(header()), (), Stop::new())).await.unwrap()
}

fn failed(outcome: &LoadOutcome) -> Vec<&str> {
    let thresholds = &outcome.report.thresholds;
    thresholds.iter().filter(|threshold| !threshold.ok).map(|threshold| threshold.name.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sound_server_passes_and_every_figure_is_there() {
    let _turn = TURN.lock().await;
    let outcome = play(Faults::default(), "").await;
    let report = &outcome.report;
    assert_eq!(failed(&outcome), Vec::<&str>::new(), "{:#?} {:?}", report.thresholds, report.errors);
    assert_eq!(outcome.ending, Ending::Completed);
    assert_eq!(report.sessions.established, 20);
    assert!(report.errors.is_empty(), "{:?}", report.errors);
    let names: Vec<&str> = report.operations.iter().map(|operation| operation.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "session.create",
            "connect",
            "upgrade",
            "handshake",
            "heartbeat",
            "heartbeat.busy",
            "query.accepted",
            "progress.first",
            "progress.cadence",
            "progress.gap",
            "delivery.spread",
            "query.result",
            "resume",
            "recovery",
            "session.delete"
        ]
    );
    assert!(u128::from(report.progress.time_to_result_us.p50) >= 4 * STAGE.as_micros(), "four stages");
    assert_eq!(report.generator.verdict, GeneratorVerdict::Ok);
    assert!(report.generator.little_residual.is_some());
    let stood: Vec<u8> = report.progress.by_percent.iter().map(|band| band.from_percent).collect();
    assert_eq!(stood, [0, 30, 60], "updates at 5, 30, 60 and 90 percent; after the last one no other comes");
    assert!(report.progress.by_percent.iter().all(|band| band.gap_us.p50 >= 15_000), "20 ms a stage");
    assert!(report.sessions.breaks > 0 && report.sessions.given_up == 0);
    assert!(report.timeline.iter().any(|row| row.phase == "steady" && row.sessions == 20));
    assert!(String::from_utf8(outcome.hdr_log).unwrap().contains("Tag=query.result.intended,"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_repeated_and_wrong_are_told_apart() {
    let _turn = TURN.lock().await;
    let lost = play(Faults { lose: Some(2), ..Faults::default() }, "[patience]\nclose = \"300ms\"").await;
    assert!(lost.report.messages.lost > 0 && lost.report.messages.wrong_answers == 0);
    assert!(failed(&lost).contains(&"lost"));
    let repeated = play(Faults { repeat: Some(50), ..Faults::default() }, "").await;
    assert!(repeated.report.messages.duplicated > 0 && repeated.report.messages.lost == 0);
    assert_eq!(failed(&repeated), ["duplicated"]);
    let wrong = play(Faults { wrong_rows: true, ..Faults::default() }, "").await;
    assert!(wrong.report.messages.wrong_answers > 0);
    assert_eq!(failed(&wrong), ["wrong_answers", "rate(errors)"]);
    let example = wrong.report.errors.iter().find(|error| error.code == "wrong_answer").unwrap();
    assert!(example.example.starts_with("pair: row 2 is [2,\"x\"]"), "{}", example.example);
}

fn count_of(outcome: &LoadOutcome, name: &str) -> u64 {
    let found = outcome.report.operations.iter().find(|operation| operation.name == name);
    found.map_or(0, |operation| operation.count)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_arrival_is_answered_or_counted_as_dropped() {
    let _turn = TURN.lock().await;
    // An answer takes 80 ms at least: 20 sessions can't take 1,000 questions a second.
    let outcome = play(Faults::default(), "[load]\nmodel = \"open\"\nrate = 1000").await;
    let report = &outcome.report;
    let arrivals = report.arrivals.unwrap();
    // A machine that is busy elsewhere may end the run before the last arrivals were offered.
    assert!((1..=2_001).contains(&arrivals.offered), "{arrivals:?}");
    let asked = count_of(&outcome, "query.result");
    assert!(asked <= 520, "{asked}");
    assert_eq!(asked + arrivals.dropped, arrivals.offered);
    assert_eq!((report.messages.lost, report.messages.wrong_answers), (0, 0), "{:?}", report.errors);
    assert!(!report.warm_up.is_empty(), "what came before the measured phase stands apart");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trace_is_replayed_line_by_line() {
    let _turn = TURN.lock().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trace.csv");
    // The measured phase begins 200 ms after the ramp and lasts 2 s: 10 lines of 12 are in it.
    let times = [0.05, 0.1, 0.25, 0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8];
    let lines: Vec<String> = times.iter().zip(0..).map(|(t, n)| format!("{t},user-{n},pair")).collect();
    std::fs::write(&file, format!("t,session,question\n{}\n", lines.join("\n"))).unwrap();
    let load = format!("[load]\nmodel = \"open\"\narrivals = \"trace\"\ntrace = {file:?}");
    let outcome = play(Faults::default(), &load).await;
    let arrivals = outcome.report.arrivals.unwrap();
    assert_eq!(arrivals.offered, 10);
    assert_eq!(count_of(&outcome, "query.result") + arrivals.dropped, 10);
    assert_eq!(outcome.report.messages.wrong_answers, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_without_rest_and_questions_beat_and_are_watched_by_as_many_as_wanted() {
    let _turn = TURN.lock().await;
    let (mut scenario, _folder) = scenario("");
    scenario.sessions.rest = false;
    scenario.sessions.watchers = 3;
    scenario.sessions.cohort = 7;
    scenario.questions.enabled = false;
    scenario.heartbeat.bytes = 200;
    let server = Mini::start(Faults::default());
    let target = Target::resolve(&server.url()).await.unwrap();
    let outcome = run(&scenario, &target, Options::new(header()), (), Stop::new()).await.unwrap();
    let report = &outcome.report;
    assert!(report.errors.is_empty(), "{:?}", report.errors);
    assert_eq!((report.sessions.established, report.sessions.peak), (20, 20));
    assert!(report.sessions.connected_us.is_some());
    assert_eq!(report.warm_up.iter().filter(|operation| operation.name == "connect").count(), 0);
    assert_eq!(count_of(&outcome, "connect"), 80, "a query socket and three watchers each");
    assert_eq!(count_of(&outcome, "session.create") + count_of(&outcome, "session.delete"), 0);
    assert!(count_of(&outcome, "heartbeat") > 0);
    assert!(String::from_utf8(outcome.hdr_log).unwrap().matches("Tag=heartbeat.intended,").count() >= 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_server_shows_in_the_intended_time() {
    let _turn = TURN.lock().await;
    let (mut scenario, _folder) = scenario("");
    scenario.sessions.duration = Duration::from_secs(5);
    let server = Mini::start(Faults::default());
    let target = Target::resolve(&server.url()).await.unwrap();
    // From one of the run's own seconds to the next but one: whatever the machine does, that is inside it.
    let begun = Mutex::new(None);
    let freezer = move |snapshot: &loadgen::Snapshot| {
        let mut begun = begun.lock().unwrap();
        let since = *begun.get_or_insert(snapshot.elapsed);
        server.freeze(snapshot.elapsed < since + Duration::from_millis(1_500));
    };
    let outcome = run(&scenario, &target, Options::new(header()), freezer, Stop::new()).await.unwrap();
    let result = outcome.report.operations.iter().find(|operation| operation.name == "query.result").unwrap();
    // Users meant to ask eight or nine questions in that time: few were sent, all of them waited.
    assert!(result.intended_us.mean > result.service_us.mean + 100_000.0, "{result:?}");
    assert!(result.intended_us.max >= 1_400_000, "{result:?}");
    assert_eq!(outcome.report.messages.lost, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_dies_ends_the_run_with_the_cause() {
    let _turn = TURN.lock().await;
    let (scenario, _folder) = scenario("[patience]\ntarget_gone = \"500ms\"");
    let mut scenario = scenario;
    scenario.sessions.duration = Duration::from_secs(600);
    let server = Mini::start(Faults::default());
    let target = Target::resolve(&server.url()).await.unwrap();
    let killer = move |snapshot: &loadgen::Snapshot| {
        if snapshot.elapsed >= Duration::from_millis(900) {
            server.kill();
        }
    };
    let outcome = run(&scenario, &target, Options::new(header()), killer, Stop::new()).await.unwrap();
    let Ending::TargetLost { cause, .. } = &outcome.ending else { panic!("{:?}", outcome.ending) };
    // Whoever was on the way in when it died was reset, whoever came later refused; which came last is chance.
    let told = ["refused", "reset", "ended", "closed", "broken"].iter().any(|reason| cause.contains(reason));
    assert!(told && cause.contains("went away") && cause.contains(target.authority()), "{cause}");
    assert!(outcome.report.interrupted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_ends_the_run_in_good_order() {
    let _turn = TURN.lock().await;
    let (mut scenario, _folder) = scenario("");
    scenario.sessions.duration = Duration::from_secs(600);
    // However slow the machine is, no wait of a session ends for want of time.
    let long = Duration::from_secs(120);
    let patience = &mut scenario.patience;
    (patience.connect, patience.request, patience.close) = (long, long, long);
    (scenario.questions.timeout, scenario.heartbeat.timeout) = (long, long);
    let server = Mini::start(Faults::default());
    let target = Target::resolve(&server.url()).await.unwrap();
    let stop = Stop::new();
    let thrower = {
        let stop = stop.clone();
        move |snapshot: &loadgen::Snapshot| {
            // Once an answer was there, so was a session that can be ended in good order.
            if snapshot.verified > 0 {
                stop.stop();
            }
        }
    };
    let outcome = run(&scenario, &target, Options::new(header()), thrower, stop).await.unwrap();
    assert_eq!(outcome.ending, Ending::Stopped);
    assert!(outcome.report.interrupted && outcome.report.errors.is_empty(), "{:?}", outcome.report.errors);
    assert_eq!(outcome.report.messages.lost, 0);
    assert!(outcome.report.operations.iter().any(|operation| operation.name == "session.delete"));
}

#[tokio::test]
async fn nobody_there_is_an_error_of_its_own() {
    let _turn = TURN.lock().await;
    let (scenario, _folder) = scenario("");
    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let target = Target::resolve(&format!("http://{free}")).await.unwrap();
    let error = run(&scenario, &target, Options::new(header()), (), Stop::new()).await.unwrap_err();
    assert!(matches!(error, LoadError::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains(&free.to_string()));
}
