//! `tidegate load --workers N`, shards, and `tidegate report merge`.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use super::process::{Ran, Server, finished, latest, out, run, signal, tidegate};

/// A few sessions for a few seconds, judged by what can't depend on the machine's speed.
const SMALL: [&str; 14] = [
    "--set",
    "sessions.count=9",
    "--set",
    "sessions.ramp=\"500ms\"",
    "--set",
    "sessions.settle=\"500ms\"",
    "--set",
    "sessions.drain=\"500ms\"",
    "--set",
    "reconnect.share=0.0",
    "--set",
    "generator={ send_lag_p99 = \"30s\", pause_p999 = \"30s\", little_residual = 1.0, cpu_share = 1.0 }",
    "--set",
    "thresholds=[\"lost == 0\", \"duplicated == 0\", \"wrong_answers == 0\", \"verified_answers > 0\", \
     \"sessions.established == 9\"]",
];

fn numbers(report: &Value, of: &str) -> Vec<u64> {
    let shards = report["shards"].as_array().expect("shards");
    shards.iter().map(|shard| shard.pointer(of).and_then(Value::as_u64).expect("a number")).collect()
}

/// What was added up is the sum of its parts, and what the server counted.
fn sums_are_right(report: &Value, each: &[u64]) {
    assert_eq!(numbers(report, "/sessions/established"), each, "{:#}", report["shards"]);
    let messages = &report["messages"];
    assert_eq!(messages["sent"].as_u64(), Some(numbers(report, "/sent").iter().sum()));
    assert_eq!(messages["received"].as_u64(), Some(numbers(report, "/received").iter().sum()));
    assert_eq!(report["server"]["messages_received"], messages["sent"], "the books are closed");
    let seconds = report["timeline"].as_array().expect("a timeline");
    let sent: u64 = seconds.iter().filter_map(|row| row["sent"].as_u64()).sum();
    assert_eq!(Some(sent), messages["sent"].as_u64());
    assert_eq!(report["sessions"]["peak"], 9);
    let connect = report["operations"].as_array().expect("operations").iter();
    let connect =
        connect.filter(|operation| operation["name"] == "handshake").map(|one| one["count"].as_u64());
    assert_eq!(connect.collect::<Vec<_>>(), [Some(9)]);
}

#[test]
fn three_processes_are_one_run() {
    let out = out();
    let ran = run(
        out.path(),
        &[&["load", "smoke", "--workers", "3", "--duration", "3s"], SMALL.as_slice()].concat(),
    );
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let report = latest(out.path(), "load.json");
    sums_are_right(&report, &[3, 3, 3]);
    assert_eq!(report["generator"]["verdict"], "ok", "{:#}", report["generator"]);
    assert!(report["server"]["rss_kib"].as_u64() > Some(0), "the server was watched");
    let log = std::fs::read_to_string(out.path().join("latest/load.hdr")).expect("load.hdr");
    assert!(log.contains("Tag=query.result.intended,"));
}

#[test]
fn two_servers_share_the_sessions_of_two_processes() {
    let out = out();
    let ran = run(
        out.path(),
        &[&["load", "smoke", "--servers", "2", "--duration", "2s"], SMALL.as_slice()].concat(),
    );
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let report = latest(out.path(), "load.json");
    sums_are_right(&report, &[5, 4]);
    let targets: Vec<&str> =
        report["shards"].as_array().unwrap().iter().filter_map(|shard| shard["target"].as_str()).collect();
    assert!(targets.len() == 2 && targets[0] != targets[1], "{targets:?}");
}

#[test]
fn a_script_for_any_service_is_shared_out_and_added_up_as_well() {
    let out = out();
    let ran = run(
        out.path(),
        &[
            ["load", "echo-generic", "--workers", "2", "--duration", "3s"].as_slice(),
            &[
                "--sessions",
                "7",
                "--set",
                "pace.every=\"300ms\"",
                "--set",
                "thresholds=[\"errors == 0\", \"count(echo) > 7\"]",
            ],
            // The ramp, the drain and the limits of the generator; the rest is of questions.
            &SMALL[2..8],
            &SMALL[10..12],
        ]
        .concat(),
    );
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let report = latest(out.path(), "load.json");
    assert_eq!(numbers(&report, "/sessions/established"), [4, 3]);
    assert_eq!((&report["sessions"]["requested"], &report["sessions"]["peak"]), (&json!(7), &json!(7)));
    let count = |list: &str, name: &str| -> u64 {
        let found = report[list].as_array().expect("operations").iter();
        found.filter(|operation| operation["name"] == name).filter_map(|one| one["count"].as_u64()).sum()
    };
    assert_eq!((count("operations", "connect"), count("operations", "upgrade")), (7, 7));
    let messages = &report["messages"];
    // Each message was sent as an echo, came back, and was compared: in the measured phase or beside it.
    let echoes = count("operations", "echo") + count("warm_up", "echo");
    assert_eq!((&messages["sent"], &messages["received"]), (&json!(echoes), &json!(echoes)), "{messages}");
    assert_eq!(numbers(&report, "/sent").iter().sum::<u64>(), echoes);
    assert_eq!(numbers(&report, "/received").iter().sum::<u64>(), echoes);
    let seconds = report["timeline"].as_array().expect("a timeline");
    assert_eq!(seconds.iter().filter_map(|row| row["sent"].as_u64()).sum::<u64>(), echoes);
    assert_eq!(messages["wrong_answers"], 0);
    let log = std::fs::read_to_string(out.path().join("latest/load.hdr")).expect("load.hdr");
    assert!(log.contains("Tag=echo.intended,"));
}

/// A run of three processes for so long; comes back when it says that sessions are there.
fn running(out: &Path, duration: &str) -> (Child, std::thread::JoinHandle<String>) {
    let mut command = tidegate(out, &["load", "smoke", "--workers", "3", "--duration", duration]);
    command.args(SMALL);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("sessions")), "no line about the load");
    let drained = std::thread::spawn(move || lines.map_while(Result::ok).collect::<Vec<_>>().join("\n"));
    (child, drained)
}

/// Process ids of the generator processes below `parent`.
fn workers(parent: u32) -> Vec<u32> {
    let tasks = std::fs::read_dir(format!("/proc/{parent}/task")).expect("a running process");
    let children = tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("children")).ok());
    let mut found: Vec<u32> = children
        .flat_map(|text| text.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<u32>>())
        .filter(|pid| {
            let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).contains("load-worker")
        })
        .collect();
    found.sort_unstable();
    found
}

#[test]
fn a_killed_process_is_named_and_the_others_finish() {
    let out = out();
    let (child, drained) = running(out.path(), "12s");
    let pids = workers(child.id());
    assert_eq!(pids.len(), 3);
    signal(pids[1], "KILL");
    let ended = finished(child);
    assert_eq!(ended.code, Some(3), "{}\n{ended:?}", drained.join().unwrap());
    let report = latest(out.path(), "load.json");
    let lost: Vec<&Value> =
        report["shards"].as_array().unwrap().iter().filter(|shard| shard["lost"].is_string()).collect();
    assert_eq!(lost.len(), 1, "{:#}", report["shards"]);
    let fate = lost[0]["lost"].as_str().unwrap();
    assert!(fate.starts_with("was killed by signal 9 ") && fate.contains(" s into the run, with "), "{fate}");
    assert_eq!(lost[0]["sessions"]["requested"], 3);
    assert_eq!(report["sessions"]["established"], 6);
    assert_eq!(report["interrupted"], false, "the others came to their end");
    let verdict = latest(out.path(), "verdict.json");
    assert_eq!(verdict["verdict"], "invalid");
    let reason = &verdict["reasons"][0];
    assert!(reason["text"].as_str().unwrap().contains("was killed by signal 9"), "{reason}");
}

#[test]
fn an_interrupt_reaches_every_process() {
    let out = out();
    let (child, drained) = running(out.path(), "60s");
    let pids = workers(child.id());
    signal(child.id(), "INT");
    let ended = finished(child);
    assert_eq!(ended.code, Some(3), "{}\n{ended:?}", drained.join().unwrap());
    let report = latest(out.path(), "load.json");
    assert_eq!(report["interrupted"], true);
    assert!(report["shards"].as_array().unwrap().iter().all(|shard| shard["lost"].is_null()), "{report:#}");
    assert_eq!(latest(out.path(), "verdict.json")["reasons"][0]["kind"], "interrupted");
    assert!(pids.iter().all(|pid| !Path::new(&format!("/proc/{pid}")).exists()), "{pids:?} are still there");
}

/// A shard that will begin at `start`.
fn shard(out: &Path, share: &str, server: &Server, start: &str, results: &Path) -> Child {
    let mut command =
        tidegate(&out.join(share.replace('/', "-")), &["load", "smoke", "--url", &server.url()]);
    command.args(SMALL).args(["--duration", "2s", "--shard", share, "--start-at", start, "--run-id", "test"]);
    command.arg("--results").arg(results).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Everything but when it was.
fn figures(report: &Value) -> Value {
    let keys =
        ["sessions", "messages", "operations", "warm_up", "timeline", "thresholds", "errors", "shards"];
    keys.into_iter()
        .map(|key| (key.to_owned(), report[key].clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

#[test]
fn shards_of_two_machines_are_merged_into_one_run() {
    let out = out();
    let server = Server::start(out.path(), &[]);
    let results = out.path().join("results");
    // Far enough away for both to be ready, however busy the machine is.
    let start = (jiff::Timestamp::now() + Duration::from_secs(15)).to_string();
    let shards = ["1/2", "2/2"].map(|share| shard(out.path(), share, &server, &start, &results));
    for child in shards {
        let ended = finished(child);
        assert_eq!(ended.code, Some(0), "{ended:?}");
    }
    let merge = |arguments: &[&str]| -> Ran { run(out.path(), &[&["report", "merge"], arguments].concat()) };
    let place = results.display().to_string();
    let ran = merge(&["--results", &place]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let report = latest(out.path(), "load.json");
    sums_are_right(&report, &[5, 4]);
    let first = &report["shards"][0];
    assert!(first["late_us"].is_u64() && first["clock_offset_us"].is_i64(), "{first:#}");
    assert_eq!(report["thresholds"].as_array().map(Vec::len), Some(5), "judged once, on the merge");
    let folders = ["1-2", "2-2"].map(|share| out.path().join(share).join("latest").display().to_string());
    let ran = merge(&[&folders[1], &folders[0]]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(
        figures(&latest(out.path(), "load.json")),
        figures(&report),
        "the same from the folders themselves"
    );
    for (arguments, word) in [
        (vec![folders[0].as_str()], "1 of 2 shards are missing (2/2)"),
        (vec![&folders[0], &folders[0], &folders[1]], "shard 1/2 is there twice"),
        (vec!["/nowhere"], "can't read /nowhere"),
    ] {
        let ran = merge(&arguments);
        assert!(ran.code == Some(2) && ran.stderr.contains(word), "{arguments:?}: {ran:?}");
    }
    let ran = merge(&[&folders[0], "--allow-missing"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(latest(out.path(), "verdict.json").to_string().contains("shard 2/2 is missing"));
}
