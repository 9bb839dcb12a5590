//! Whole runs against a small server: everything is right, and every fault is seen for what it is.
#![expect(clippy::unwrap_used, reason = "a test that panics says where")]

mod mini;

use std::time::Duration;

use loadgen::{Ending, LoadError, LoadOutcome, Options, Stop, Target, run};
use mini::{Faults, Mini};
use reports::model::{Environment, GeneratorVerdict, Header, SCHEMA_LOAD, SchemaId};
use scenarios::Scenario;

/// goose allows one attack at a time in a process.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

fn header() -> Header {
    Header {
        schema: SchemaId::new(SCHEMA_LOAD, 1),
        tool_version: "0.0.0".to_owned(),
        seed: 7,
        started_at: "2026-01-01T00:00:00Z".parse().unwrap(),
        config: serde_json::Value::Null,
        environment: Environment {
            platform: "test".to_owned(),
            cores: 1,
            memory_mib: None,
            kernel: None,
            build: "debug".to_owned(),
        },
    }
}

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
    let server = Mini::start(faults).await;
    let target = Target::resolve(&server.url()).await.unwrap();
    run(&scenario, &target, Options::new(header()), (), Stop::new()).await.unwrap()
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
            "query.accepted",
            "progress.first",
            "progress.gap",
            "query.result",
            "resume",
            "session.delete"
        ]
    );
    assert!(report.progress.time_to_result_us.p50 >= 80_000, "four stages of 20 ms");
    assert_eq!(report.generator.verdict, GeneratorVerdict::Ok);
    assert!(report.generator.little_residual.is_some());
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_server_shows_in_the_intended_time() {
    let _turn = TURN.lock().await;
    let freeze = Some((Duration::from_millis(900), Duration::from_millis(2_100)));
    let outcome = play(Faults { freeze, ..Faults::default() }, "").await;
    let result = outcome.report.operations.iter().find(|operation| operation.name == "query.result").unwrap();
    // Users meant to ask four or five questions in the 1.2 s: few were sent, all of them waited.
    assert!(result.intended_us.mean > result.service_us.mean + 200_000.0, "{result:?}");
    assert!(result.intended_us.max >= 1_000_000, "{result:?}");
    assert_eq!(outcome.report.messages.lost, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_dies_ends_the_run_with_the_cause() {
    let _turn = TURN.lock().await;
    let (scenario, _folder) = scenario("[patience]\ntarget_gone = \"500ms\"");
    let mut scenario = scenario;
    scenario.sessions.duration = Duration::from_secs(600);
    let server = Mini::start(Faults::default()).await;
    let target = Target::resolve(&server.url()).await.unwrap();
    let killer = move |snapshot: &loadgen::Snapshot| {
        if snapshot.elapsed >= Duration::from_millis(900) {
            server.kill();
        }
    };
    let outcome = run(&scenario, &target, Options::new(header()), killer, Stop::new()).await.unwrap();
    let Ending::TargetLost { cause, .. } = &outcome.ending else { panic!("{:?}", outcome.ending) };
    assert!(cause.contains("refused") && cause.contains(target.authority()), "{cause}");
    assert!(outcome.report.interrupted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_ends_the_run_in_good_order() {
    let _turn = TURN.lock().await;
    let (mut scenario, _folder) = scenario("");
    scenario.sessions.duration = Duration::from_secs(600);
    let server = Mini::start(Faults::default()).await;
    let target = Target::resolve(&server.url()).await.unwrap();
    let stop = Stop::new();
    let thrower = {
        let stop = stop.clone();
        move |_: &loadgen::Snapshot| stop.stop()
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
