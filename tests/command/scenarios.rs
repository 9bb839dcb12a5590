//! Every built-in scenario is played small, on a real server: its questions, its model, its actions and its
//! configuration work together. How fast is none of this test's business.

use super::process::{latest, out, run};

/// What no machine is too slow for.
const ANY_SPEED: [&str; 4] = [
    "generator={ send_lag_p99 = \"60s\", little_residual = 1.0, cpu_share = 1.0, pause_p999 = \"60s\" }",
    "sessions.ramp=300ms",
    "sessions.settle=300ms",
    "sessions.drain=500ms",
];

/// Where nothing is broken on purpose, nothing is lost and nothing fails.
const SOUND: &str = "thresholds=[\"lost == 0\", \"duplicated == 0\", \"out_of_order == 0\", \"errors == 0\", \
                     \"sessions.peak > 0\"]";
/// Where something is: what is there is right.
const BROKEN: &str =
    "thresholds=[\"duplicated == 0\", \"out_of_order == 0\", \"wrong_answers == 0\", \"errors > 0\"]";

/// How a scenario is made small.
struct Small {
    sessions: &'static str,
    duration: &'static str,
    thresholds: &'static str,
    set: Vec<&'static str>,
    /// Its answers are compared.
    answers: bool,
}

/// Answers within a fraction of a second.
const QUICK: [&str; 4] = [
    "server.delay={ profile = \"scaled\", min = \"100ms\", max = \"300ms\" }",
    "questions.answer_budget=400ms",
    "questions.think={ distribution = \"uniform\", min = \"10ms\", max = \"100ms\" }",
    "heartbeat.interval=500ms",
];

fn small(name: &str) -> Option<Small> {
    let quick = || QUICK.to_vec();
    let with = |first: &[&'static str]| first.iter().copied().chain(QUICK).collect::<Vec<_>>();
    let sound = |set| Small { sessions: "6", duration: "3s", thresholds: SOUND, set, answers: true };
    // Long enough for everybody to be away, and to come back after the 1 to 2 s of the first attempt.
    let broken = |set| Small { duration: "9s", thresholds: BROKEN, ..sound(set) };
    Some(match name {
        // These need a Docker engine: tidb.rs plays them.
        "tidb" | "database-outage" => return None,
        "idle" | "heartbeat" => Small { answers: false, ..sound(vec!["heartbeat.interval=500ms"]) },
        "fan-out" => Small { sessions: "2", ..sound(quick()) },
        "spike" => sound(with(&["load.steps=[{ rate = 2, for = \"1s\" }, { rate = 8, for = \"1s\" }]"])),
        "reconnect-storm" => {
            broken(with(&["action=[{ at = \"1s\", do = \"kill-server\", for = \"300ms\" }]"]))
        }
        "graceful-restart" => broken(with(&[
            "action=[{ at = \"1s\", do = \"restart-server\" }]",
            "server.timers.drain_timeout=500ms",
        ])),
        "agent-outage" => {
            broken(with(&["action=[{ at = \"1s\", do = \"stop-agent\", agent = \"data\", for = \"2s\" }]"]))
        }
        _ => sound(quick()),
    })
}

/// Plays it and says what is wrong.
fn played(name: &str, small: &Small) -> Result<(), String> {
    let out = out();
    let mut line = vec!["load", name, "--sessions", small.sessions];
    let settings = ANY_SPEED.iter().chain(&small.set).chain([&small.thresholds, &"patience.target_gone=60s"]);
    let duration = format!("sessions.duration={}", small.duration);
    for setting in settings {
        line.extend(["--set", setting]);
    }
    line.extend(["--set", &duration]);
    let ran = run(out.path(), &line);
    if ran.code != Some(0) {
        return Err(format!("{ran:?}"));
    }
    let report = latest(out.path(), "load.json");
    let verified = report["messages"]["verified_answers"].as_u64();
    if small.answers && verified == Some(0) {
        return Err("no answer was compared".to_owned());
    }
    match report["actions"].as_array().into_iter().flatten().find_map(|action| action.get("error")) {
        Some(error) => Err(format!("an action was not done: {error}")),
        None => Ok(()),
    }
}

#[test]
fn every_built_in_scenario_is_played() {
    let mut wrong = Vec::new();
    for builtin in scenarios::builtins() {
        let Some(small) = small(builtin.name) else { continue };
        if let Err(error) = played(builtin.name, &small) {
            wrong.push(format!("{}: {error}", builtin.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
