//! Runs of generic scenarios against a plain service: what is right passes, and each way of being wrong is seen for
//! what it is.
#![expect(clippy::unwrap_used, reason = "a test that panics says where")]

#[path = "../attack/mod.rs"]
mod attack;
mod doors;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod recorded;
mod server;
mod table;

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use attack::{TURN, header};
use loadgen::{Ending, LoadError, LoadOutcome, Options, Snapshot, Stop, Target, run};
use reports::model::{Accounts, GeneratorVerdict};
use scenarios::Scenario;
use server::Service;

/// Five sessions for a second and a half. Machine speed decides nothing: the limits on the generator are wide.
fn scenario(script: &str) -> Scenario {
    let text = format!(
        r#"
name = "test"
application = "generic"
[sessions]
count = 5
ramp = "100ms"
settle = "100ms"
duration = "1500ms"
drain = "200ms"
cohort = 3
[pace]
every = "200ms"
[generator]
send_lag_p99 = "10s"
little_residual = 1.0
cpu_share = 1.0
pause_p999 = "60s"
{script}
"#
    );
    scenarios::parse(&text, "test.toml", &[]).unwrap()
}

async fn play_at(script: &str, url: &str) -> LoadOutcome {
    let target = Target::resolve(url).await.unwrap();
    run(&scenario(script), &target, Options::new(header()), (), Stop::new()).await.unwrap()
}

async fn play(script: &str) -> LoadOutcome {
    let service = Service::start().await;
    play_at(script, &service.url()).await
}

/// Codes of the errors of an operation, or of the run when it has none.
fn codes(outcome: &LoadOutcome, operation: &str) -> Vec<String> {
    let found = outcome.report.operations.iter().find(|found| found.name == operation);
    match found {
        Some(found) => found.errors.keys().cloned().collect(),
        None => outcome.report.errors.iter().map(|error| error.code.clone()).collect(),
    }
}

/// A script that echoes at `path`, waiting for `within`.
fn echo(path: &str, within: &str) -> String {
    format!(
        r#"
thresholds = ["p99(echo.intended) < 20s", "count(echo) > 10", "wrong_answers == 0", "rate(errors) < 0.1%"]
[connection.c]
ws = "{path}"
[[begin]]
do = "connect"
[[step]]
do = "set"
values = {{ id = "${{uuid}}" }}
[[step]]
do = "send"
name = "echo"
json = {{ id = "${{id}}", n = "${{iteration}}" }}
[[step]]
do = "expect"
where = {{ "$.id" = "${{id}}" }}
check = {{ "$.n" = "${{iteration}}" }}
within = "{within}"
[[end]]
do = "close"
"#
    )
    // The thresholds belong to the top.
    .lines()
    .filter(|line| !line.starts_with("thresholds"))
    .collect::<Vec<_>>()
    .join("\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sound_service_passes_and_its_operations_have_both_clocks() {
    let _turn = TURN.lock().await;
    let outcome = play(&echo("/echo", "10s")).await;
    let report = &outcome.report;
    assert_eq!(outcome.ending, Ending::Completed);
    assert!(report.errors.is_empty(), "{:?}", report.errors);
    assert_eq!((report.sessions.established, report.sessions.peak), (5, 5));
    let names: Vec<&str> = report.operations.iter().map(|operation| operation.name.as_str()).collect();
    assert_eq!(names, ["connect", "upgrade", "echo"]);
    let echo = &report.operations[2];
    assert!(echo.count > 10 && echo.intended_us.count == echo.count, "{echo:?}");
    assert!(report.messages.verified_answers >= echo.count, "{:?}", report.messages);
    assert_eq!(report.messages.wrong_answers, 0);
    assert_eq!(report.generator.verdict, GeneratorVerdict::Ok, "{:?}", report.generator.reasons);
    assert_eq!((report.server.messages_sent, report.server.accounts), (None, Some(Accounts::NotTold)));
    assert!(report.timeline.iter().any(|row| row.queries > 0 && row.p99_us.is_some()));
    assert!(String::from_utf8(outcome.hdr_log).unwrap().contains("Tag=echo.intended,"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_way_of_being_wrong_has_its_code() {
    let _turn = TURN.lock().await;
    for (path, within, code) in [
        ("/silent", "150ms", "timeout"),
        ("/late", "150ms", "timeout"),
        ("/wrong", "5s", "wrong_answer"),
        ("/close", "5s", "closed_1011"),
        ("/reset", "5s", "connection_lost"),
    ] {
        let outcome = play(&echo(path, within)).await;
        assert_eq!(codes(&outcome, "echo"), [code], "{path}: {:?}", outcome.report.errors);
        let example = outcome.report.errors.iter().find(|error| error.code == code).unwrap();
        assert!(example.example.starts_with("step.2: "), "{example:?}");
        assert_eq!(outcome.report.messages.wrong_answers > 0, code == "wrong_answer");
        assert_eq!(outcome.ending, Ending::Completed, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_time_of_a_late_answer_counts_from_the_moment_it_was_due() {
    let _turn = TURN.lock().await;
    let service = Service::start().await;
    let target = Target::resolve(&service.url()).await.unwrap();
    // Nothing is answered for two seconds; an iteration is due every 200 ms all the while.
    service.gate.send_replace(false);
    let opener = move |snapshot: &Snapshot| {
        if snapshot.elapsed >= Duration::from_secs(2) {
            service.gate.send_replace(true);
        }
    };
    let mut scenario = scenario(&echo("/gated", "60s"));
    scenario.sessions.duration = Duration::from_secs(3);
    let outcome = run(&scenario, &target, Options::new(header()), opener, Stop::new()).await.unwrap();
    let echo = outcome.report.operations.iter().find(|operation| operation.name == "echo").unwrap();
    // One message of a session waited for the gate, all others of that time waited for their turn.
    assert!(echo.intended_us.mean > echo.service_us.mean + 100_000.0, "{echo:?}");
    assert!(echo.intended_us.max >= 1_000_000, "{echo:?}");
    assert!(outcome.report.errors.is_empty(), "{:?}", outcome.report.errors);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_are_passed_over_counted_or_refused() {
    let _turn = TURN.lock().await;
    let with = |others: &str| {
        format!(
            "[connection.c]\nws = \"/chatty\"\n[[begin]]\ndo = \"connect\"\n[[step]]\ndo = \"send\"\n\
             json = {{ type = \"ask\" }}\n[[step]]\ndo = \"expect\"\nname = \"ask\"\nothers = \"{others}\"\n\
             where = {{ \"$.type\" = \"ask\" }}\n"
        )
    };
    let passed = play(&with("pass")).await;
    assert!(passed.report.errors.is_empty(), "{:?}", passed.report.errors);
    let counted = play(&with("count")).await.report.operations;
    let count = |name: &str| counted.iter().find(|operation| operation.name == name).unwrap().count;
    assert_eq!(count("ask.other"), 3 * count("ask"));
    let refused = play(&with("fail")).await;
    assert_eq!(codes(&refused, "ask"), ["unexpected_message"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn greetings_headers_subprotocols_binary_and_close_codes() {
    let _turn = TURN.lock().await;
    let outcome = play(
        r#"
[connection.c]
ws = "/greeting"
subprotocols = ["chat.v1", "chat.v2"]
headers = { Authorization = "Bearer ${who.token}" }
query = { room = "a b" }
[data.who]
rows = [{ token = "sesame" }]
[[step]]
do = "connect"
[[step]]
do = "expect"
name = "greeting"
where = { "$.type" = "hello", "$.authorized" = true }
capture = { id = "$.id" }
[[step]]
do = "send"
base64 = "AAEC/w=="
[[step]]
do = "expect"
name = "binary"
base64 = "AAEC/w=="
[[step]]
do = "send"
text = "${id} is here"
[[step]]
do = "expect"
text = "connection-0001 is here"
matches = "^connection-[0-9]+"
[[step]]
do = "close"
code = 3000
"#,
    )
    .await;
    assert!(outcome.report.errors.is_empty(), "{:?}", outcome.report.errors);
    let names: Vec<&str> = outcome.report.operations.iter().map(|found| found.name.as_str()).collect();
    assert_eq!(names, ["connect", "upgrade", "greeting", "binary"]);
    let closing = "[connection.c]\nws = \"/close\"\n[[step]]\ndo = \"connect\"\n[[step]]\ndo = \"send\"\n\
                   text = \"x\"\n[[step]]\ndo = \"expect-close\"\nname = \"bye\"\ncode = ";
    let right = play(&format!("{closing}1011\n")).await;
    assert!(right.report.errors.is_empty(), "{:?}", right.report.errors);
    let wrong = play(&format!("{closing}1000\n")).await;
    assert_eq!(codes(&wrong, "bye"), ["wrong_close"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_keep_cookies_and_what_was_captured() {
    let _turn = TURN.lock().await;
    let outcome = play(
        r#"
[[begin]]
do = "http"
path = "/login"
method = "POST"
status = 201
capture = { token = "$.token" }
[[step]]
do = "http"
name = "whoami"
path = "/whoami"
check = { "$.known" = true }
[[step]]
do = "http"
name = "post"
path = "/echo"
json = { token = "${token}", list = [1, "${null}"] }
check = { "$.token" = "sesame", "$.list[1]" = "${null}", "$.list[*]" = { count = 2 } }
[[step]]
do = "repeat"
times = 3
every = "10ms"
[[step.step]]
do = "http"
name = "round"
path = "/echo"
json = { round = "${round}" }
check = { "$.round" = "${round}" }
"#,
    )
    .await;
    assert!(outcome.report.errors.is_empty(), "{:?}", outcome.report.errors);
    let operations = &outcome.report.operations;
    let count =
        |name: &str| operations.iter().find(|found| found.name == name).map_or(0, |found| found.count);
    assert!(count("post") > 0 && count("round") > 2 * count("post"), "{operations:?}");
    assert_eq!(outcome.report.sessions.established, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_go_wrong_have_their_codes() {
    let _turn = TURN.lock().await;
    let cases = [
        ("path = \"/fails\"", "http_503"),
        ("path = \"/slow\"\nwithin = \"100ms\"", "timeout"),
        ("path = \"/gone\"", "connection_lost"),
        ("path = \"/\"\ncheck = { \"$.ok\" = false }", "wrong_answer"),
        ("path = \"/\"\ncapture = { x = \"$.missing\" }", "capture_failed"),
        ("path = \"/\"\nstatus = 204", "http_200"),
    ];
    for (request, code) in cases {
        let outcome = play(&format!("[[step]]\ndo = \"http\"\nname = \"get\"\n{request}\n")).await;
        assert_eq!(codes(&outcome, "get"), [code], "{request}: {:?}", outcome.report.errors);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_are_expected_by_name_and_a_stream_that_ends_is_told() {
    let _turn = TURN.lock().await;
    let stream = "[[step]]\ndo = \"sse\"\nname = \"open\"\npath = \"/events\"\n";
    let done = "[[step]]\ndo = \"expect\"\nname = \"done\"\nevent = \"done\"\nwhere = { \"$.n\" = 2 }\n";
    let outcome = play(&format!("{stream}{done}[[step]]\ndo = \"close\"\n")).await;
    assert!(outcome.report.errors.is_empty(), "{:?}", outcome.report.errors);
    let more = "[[step]]\ndo = \"expect\"\nname = \"more\"\nevent = \"more\"\n";
    let ended = play(&format!("{stream}{more}")).await;
    assert_eq!(codes(&ended, "more"), ["closed_1000"]);
    let none = play("[[step]]\ndo = \"sse\"\nname = \"open\"\npath = \"/\"\n").await;
    assert_eq!(codes(&none, "open"), ["no_event_stream"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn arrivals_come_on_their_own_schedule_and_are_dropped_when_nobody_is_free() {
    let _turn = TURN.lock().await;
    let open =
        |path: &str, within: &str| format!("{}\n[load]\nmodel = \"open\"\nrate = 50.0\n", echo(path, within));
    let quick = play(&open("/echo", "10s")).await.report;
    let arrivals = quick.arrivals.unwrap();
    assert!(arrivals.offered >= 70, "{arrivals:?}");
    assert!(quick.errors.is_empty(), "{:?}", quick.errors);
    // Five sessions that wait a second for an answer take five a second of fifty.
    let slow = play(&open("/silent", "1s")).await.report.arrivals.unwrap();
    assert!(slow.dropped > slow.offered / 3, "{slow:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_is_not_there_is_told_and_a_lost_socket_comes_back() {
    let _turn = TURN.lock().await;
    let nobody = {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        format!("ws://{}", listener.local_addr().unwrap())
    };
    let target = Target::resolve(&nobody).await.unwrap();
    let refused = run(&scenario(&echo("/", "1s")), &target, Options::new(header()), (), Stop::new()).await;
    assert!(matches!(refused, Err(LoadError::Unreachable { .. })), "{refused:?}");
    let service = Service::start().await;
    play_at(&echo("/reset", "5s"), &service.url()).await;
    assert!(service.upgrades.load(Relaxed) > 5, "each lost socket is opened again");
}
