//! `tidegate load`.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use super::process::{Server, finished, latest, out, run, signal, tidegate};

/// A few sessions for a few seconds, judged by what can't depend on the machine's speed.
pub(crate) const SMALL: [&str; 12] = [
    "--set",
    "sessions.count=8",
    "--set",
    "sessions.ramp=\"500ms\"",
    "--set",
    "sessions.settle=\"500ms\"",
    "--set",
    "sessions.duration=\"5s\"",
    "--set",
    "sessions.drain=\"1s\"",
    "--set",
    "generator={ send_lag_p99 = \"10s\", pause_p999 = \"10s\", little_residual = 1.0, cpu_share = 1.0 }",
];

fn load(out: &std::path::Path, thresholds: &str) -> super::process::Ran {
    let thresholds = format!("thresholds={thresholds}");
    run(out, &[&["load", "smoke", "--set", &thresholds], SMALL.as_slice()].concat())
}

#[test]
fn thresholds_decide_and_the_answers_are_compared() {
    let out = out();
    let kept = "[\"lost == 0\", \"duplicated == 0\", \"out_of_order == 0\", \"wrong_answers == 0\", \"verified_answers > 0\"]";
    let good = load(out.path(), kept);
    assert_eq!(good.code, Some(0), "{good:?}");
    let report = latest(out.path(), "load.json");
    assert_eq!(report["sessions"]["established"], 8);
    assert!(report["messages"]["verified_answers"].as_u64() > Some(0));
    assert!(out.path().join("latest/load.hdr").is_file());
    let missed = load(out.path(), "[\"lost == 0\", \"sessions.peak >= 9\"]");
    assert_eq!(missed.code, Some(1), "{missed:?}");
    let verdict = latest(out.path(), "verdict.json");
    assert_eq!(verdict["verdict"], "fail");
    assert_eq!(verdict["reasons"][0]["kind"], "threshold");
}

#[test]
fn a_threshold_that_is_missed_in_mid_run_ends_it() {
    let out = out();
    // No question is answered within a millisecond, so that every one of them is an error.
    let impatient = ["--set", "questions.timeout=\"1ms\"", "--duration", "10m"];
    for threshold in ["rate(errors) < 1% abort after 1s", "p50(query.result.intended) < 1us abort"] {
        let thresholds = format!("thresholds=[\"{threshold}\"]");
        let arguments = [&["load", "smoke", "--set", &thresholds], SMALL.as_slice(), &impatient].concat();
        let ended = run(out.path(), &arguments);
        // So short a run may be invalid as well, on a machine that is busy elsewhere.
        assert!(matches!(ended.code, Some(1 | 3)), "{ended:?}");
        let report = latest(out.path(), "load.json");
        let limit = &report["thresholds"][0];
        assert!(limit["actual"].as_str().unwrap().ends_with("which ended the run"), "{limit}");
        assert!(report["interrupted"].as_bool().unwrap());
    }
}

#[test]
fn a_server_that_is_killed_in_mid_run_is_named_and_nothing_hangs() {
    let out = out();
    let server = Server::start(out.path(), &[]);
    let mut command = tidegate(out.path(), &["load", "smoke", "--url", &server.url()]);
    command.args(SMALL).args(["--duration", "60s", "--set", "patience.target_gone=\"1s\""]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // The first line about the running load says that sessions are there.
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("sessions")), "no line about the load");
    server.signal("KILL");
    let drained = std::thread::spawn(move || lines.map_while(Result::ok).collect::<Vec<_>>().join("\n"));
    let ended = finished(child);
    assert_eq!(ended.code, Some(3), "{}\n{ended:?}", drained.join().unwrap());
    let verdict = latest(out.path(), "verdict.json");
    assert_eq!(verdict["verdict"], "invalid");
    assert_eq!(verdict["reasons"][0]["kind"], "target", "{verdict}");
}

#[test]
fn an_interrupt_ends_it_orderly_with_reports() {
    let out = out();
    let mut command = tidegate(out.path(), &["load", "smoke"]);
    command.args(SMALL).args(["--duration", "60s"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("sessions")), "no line about the load");
    signal(child.id(), "INT");
    let drained = std::thread::spawn(move || lines.map_while(Result::ok).collect::<Vec<_>>().join("\n"));
    let ended = finished(child);
    assert_eq!(ended.code, Some(3), "{}\n{ended:?}", drained.join().unwrap());
    let verdict = latest(out.path(), "verdict.json");
    assert_eq!(verdict["reasons"][0]["kind"], "interrupted", "{verdict}");
    assert!(latest(out.path(), "load.json")["interrupted"].as_bool().unwrap());
}
