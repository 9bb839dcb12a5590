//! Bad input and faults around a load run: each is one clear sentence with the documented exit code, nothing hangs and
//! nothing is left half done. Faults of the target itself are in `loadgen/tests/faults`, a missing Docker engine is in
//! `tidb.rs`.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use super::process::{Server, finished, latest, out, run, signal, tidegate};

/// A few sessions for a moment, judged by what can't depend on the machine's speed.
const SHORT: [&str; 14] = [
    "--sessions",
    "4",
    "--set",
    "sessions.ramp=200ms",
    "--set",
    "sessions.settle=200ms",
    "--set",
    "sessions.duration=2s",
    "--set",
    "sessions.drain=300ms",
    "--set",
    "thresholds=[\"lost == 0\"]",
    "--set",
    "generator={ send_lag_p99 = \"60s\", little_residual = 1.0, cpu_share = 1.0, pause_p999 = \"60s\" }",
];

#[test]
fn a_mistake_in_a_scenario_is_told_with_line_column_and_suggestion() {
    let out = out();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.toml");
    for (text, told) in [
        (
            "name = \"mine\"\n\n[sessions]\n  cuont = 5\n",
            ":4:3: unknown key `sessions.cuont`, did you mean `count`?",
        ),
        (
            "name = \"mine\"\n[slow_reader]\nshare = 0.1\n",
            ":2:2: unknown key `slow_reader`, did you mean `slow_readers`?",
        ),
        (
            "thresholds = [\n  \"p99(query.reslt) < 2s\",\n]\n",
            ":2:8: unknown operation `query.reslt`, did you mean `query.result`?",
        ),
        ("[slow_readers]\nshare = 1.5\n", ":2:9: slow_readers.share: 1.5 is not between 0 and 1"),
    ] {
        std::fs::write(&path, text).unwrap();
        for command in ["load", "plan"] {
            let ran = run(out.path(), &[command, &path.display().to_string()]);
            assert_eq!(ran.code, Some(2), "{text}: {ran:?}");
            let sentence = format!("{}{told}", path.display());
            assert!(ran.stderr.contains(&sentence), "{sentence}\n  in\n{}", ran.stderr);
        }
    }
}

#[test]
fn a_disk_that_is_full_when_the_run_is_recorded_is_one_sentence_and_the_figures_are_told() {
    let out = out();
    let server = Server::start(out.path(), &[]);
    let before = run(out.path(), &[&["load", "smoke", "--url", &server.url()], SHORT.as_slice()].concat());
    assert_eq!(before.code, Some(0), "{before:?}");
    let kept = std::fs::read_link(out.path().join("latest")).unwrap();
    // No file may grow beyond 4 KiB from here on; the signal that tells is ignored, so that writing fails instead.
    let line = tidegate(out.path(), &[&["load", "smoke", "--url", &server.url()], SHORT.as_slice()].concat());
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\""]);
    command.arg(line.get_program()).args(line.get_args()).stdin(Stdio::null());
    let ran = finished(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.stderr.contains("load.") && ran.stderr.contains("File too large"), "{ran:?}");
    assert!(
        ran.stderr.contains("lost") && !ran.stderr.contains("panicked"),
        "the thresholds are told: {ran:?}"
    );
    assert_eq!(
        std::fs::read_link(out.path().join("latest")).unwrap(),
        kept,
        "the earlier run stays the latest"
    );
    for entry in std::fs::read_dir(out.path()).unwrap().map(Result::unwrap) {
        let half = |name: &str| name.starts_with(".part-");
        let inside = entry.path().is_dir().then(|| std::fs::read_dir(entry.path()).unwrap());
        for file in inside.into_iter().flatten().map(Result::unwrap) {
            assert!(!half(&file.file_name().to_string_lossy()), "{:?}", file.path());
        }
    }
}

#[test]
fn a_generator_that_is_terminated_ends_its_sessions_and_writes_its_reports() {
    let out = out();
    let server = Server::start(out.path(), &[]);
    let mut command = tidegate(out.path(), &["load", "smoke", "--url", &server.url()]);
    command.args(SHORT).args(["--duration", "60s"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("sessions")), "no line about the load");
    signal(child.id(), "TERM");
    let drained = std::thread::spawn(move || lines.map_while(Result::ok).collect::<Vec<_>>().join("\n"));
    let ended = finished(child);
    assert_eq!(ended.code, Some(3), "{}\n{ended:?}", drained.join().unwrap());
    assert_eq!(latest(out.path(), "verdict.json")["reasons"][0]["kind"], "interrupted");
    let load = latest(out.path(), "load.json");
    assert_eq!((&load["interrupted"], &load["messages"]["lost"]), (&true.into(), &0.into()));
    let page = figures(&server);
    assert!(page.contains("\nconnection_count 0\n"), "every socket was closed: {page}");
}

/// The server's page of figures, over a plain socket.
fn figures(server: &Server) -> String {
    use std::io::{Read as _, Write as _};
    let address = server.line["backend"].as_str().unwrap();
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream
        .write_all(
            format!("GET /metrics HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes(),
        )
        .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}
