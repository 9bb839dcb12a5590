//! `tidegate load --database tidb`, on a real one. Needs a Docker engine and the image.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use super::process::{Ran, finished, latest, out, run, signal, tidegate};

/// Judged by what can't depend on the machine's speed.
const ANY_SPEED: [&str; 4] = [
    "--set",
    "thresholds=[\"lost == 0\", \"duplicated == 0\", \"out_of_order == 0\", \"wrong_answers == 0\", \"verified_answers > 20\", \"sessions.peak >= 200\"]",
    "--set",
    "generator={ send_lag_p99 = \"60s\", little_residual = 1.0, cpu_share = 1.0 }",
];

/// Containers, running or not, that the process `pid` started.
fn containers(pid: u32) -> usize {
    let format = ["--filter", "label=tidegate.owner", "--format", "{{.Label \"tidegate.owner\"}}"];
    let listed = Command::new("docker").args(["ps", "-a"]).args(format).output().expect("docker");
    let owner = format!("/{pid}/");
    String::from_utf8(listed.stdout).unwrap().lines().filter(|line| line.contains(&owner)).count()
}

/// Runs the command to its end; no container of it is left.
fn ran(out: &Path, arguments: &[&str]) -> Ran {
    let mut command = tidegate(out, arguments);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let pid = child.id();
    let ran = finished(child);
    assert_eq!(containers(pid), 0, "it is removed");
    ran
}

#[test]
#[ignore = "needs a Docker engine"]
fn two_hundred_sessions_get_right_answers_from_tidb() {
    let out = out();
    let ran = ran(
        out.path(),
        &[&["load", "tidb", "--sessions", "200", "--duration", "20s"], ANY_SPEED.as_slice()].concat(),
    );
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let load = latest(out.path(), "load.json");
    assert_eq!(load["messages"]["wrong_answers"], 0);
    let database = &load["database"];
    assert_eq!((&database["kind"], &database["version"]), (&"tidb".into(), &"v8.5.4".into()), "{database}");
    assert_eq!(database["container"], "pingcap/tidb:v8.5.4");
    assert_eq!(database["store"], "TiDB, single process, unistore: not a cluster");
    let worst = &database["statements"][0];
    assert!(worst["count"].as_u64() > Some(0) && worst["mean_us"].as_u64() > Some(0), "{worst}");
    // Which of the plans comes first depends on the machine; each begins with the names of its columns.
    let plan = worst["plan"].as_str().unwrap();
    assert!(plan.lines().next().is_some_and(|head| head.contains("actRows")), "{plan}");
    assert!(plan.lines().count() > 1, "{plan}");
    let rows = load["timeline"].as_array().unwrap();
    let seen = |field: &str| rows.iter().filter(|row| row["database"][field].as_f64() > Some(0.0)).count();
    for field in ["connections", "statements", "mean_us", "rss_kib", "cpu"] {
        assert!(seen(field) * 2 > rows.len(), "{field} in {} of {} rows", seen(field), rows.len());
    }
    let page = std::fs::read_to_string(out.path().join("latest/index.html")).unwrap();
    assert!(page.contains("not a cluster"));
}

#[test]
#[ignore = "needs a Docker engine"]
fn a_database_that_is_stopped_in_mid_run_comes_back() {
    let out = out();
    let thresholds =
        "thresholds=[\"wrong_answers == 0\", \"lost == 0\", \"verified_answers > 0\", \"errors > 0\"]";
    let mut line = vec!["load", "database-outage", "--sessions", "40", "--set", thresholds];
    line.extend(&ANY_SPEED[2..]);
    let ran = ran(out.path(), &line);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let load = latest(out.path(), "load.json");
    let action = &load["actions"][0];
    assert_eq!((&action["name"], action.get("error")), (&"stop-database".into(), None), "{action}");
    let (from, until) = (action["from_s"].as_f64().unwrap(), action["until_s"].as_f64().unwrap());
    assert!(until - from >= 8.0, "{action}");
    let queries_after: u64 = load["timeline"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["t"].as_f64().unwrap() > until + 5.0)
        .map(|row| row["queries"].as_u64().unwrap())
        .sum();
    assert!(queries_after > 0, "nothing was answered after {until} s");
}

#[test]
#[ignore = "needs a Docker engine"]
fn an_interrupt_leaves_no_container_and_a_kill_leaves_one_for_the_next_start() {
    let out = out();
    let begin = |until: &str| {
        let mut command = tidegate(out.path(), &["load", "tidb", "--sessions", "5", "--duration", "60s"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().contains(until)), "no line with {until:?}");
        let drained = std::thread::spawn(move || lines.count());
        (child, drained)
    };
    // In the middle of the load.
    let (child, drained) = begin("sessions");
    let pid = child.id();
    assert_eq!(containers(pid), 1);
    signal(pid, "INT");
    assert_eq!(finished(child).code, Some(3));
    drained.join().unwrap();
    assert_eq!(containers(pid), 0, "after an interrupt");
    // While it starts.
    let (child, drained) = begin("pingcap/tidb");
    let pid = child.id();
    signal(pid, "TERM");
    assert_eq!(finished(child).code, Some(3));
    drained.join().unwrap();
    assert_eq!(containers(pid), 0, "after an interrupt of the start");
    // Nobody can tidy up after this one but the next.
    let (child, drained) = begin("sessions");
    let killed = child.id();
    signal(killed, "KILL");
    assert_eq!(finished(child).code, None);
    drained.join().unwrap();
    assert_eq!(containers(killed), 1);
    let (child, drained) = begin("sessions");
    let pid = child.id();
    assert_eq!((containers(killed), containers(pid)), (0, 1), "the stale one is gone");
    signal(pid, "INT");
    finished(child);
    drained.join().unwrap();
    assert_eq!(containers(pid), 0);
}

#[test]
fn without_docker_there_is_one_sentence() {
    let out = out();
    let mut command = tidegate(out.path(), &["load", "tidb"]);
    command.env("DOCKER_HOST", "unix:///nowhere/docker.sock");
    let ran = finished(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    assert_eq!(ran.code, Some(3), "{ran:?}");
    let told: Vec<&str> = ran.stderr.lines().filter(|line| line.contains("Docker")).collect();
    assert_eq!(told.len(), 1, "{ran:?}");
    assert!(told[0].contains("pingcap/tidb:v8.5.4"), "{ran:?}");
}

#[test]
fn a_database_that_cant_be_meant_is_refused() {
    let out = out();
    for (line, expected) in [
        (&["load", "smoke", "--database", "oracle"][..], "names no database"),
        (&["load", "smoke", "--database", "tidb", "--url", "http://127.0.0.1:1"], "started for the run"),
        (&["load", "smoke", "--keep-database"], "--keep-database keeps the container"),
        (&["load", "database-outage", "--database", "embedded"], "the embedded database can't be stopped"),
    ] {
        let ran = run(out.path(), line);
        assert_eq!(ran.code, Some(2), "{line:?}: {ran:?}");
        assert!(ran.stderr.contains(expected), "{line:?}: {ran:?}");
    }
}
