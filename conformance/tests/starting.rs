//! Targets the suite starts itself.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;
use std::time::Duration;

use conformance::{Error, TargetFile};

fn file(start: &str, more: &str) -> TargetFile {
    let text = format!(
        "[target]\nname = \"made\"\nurl = \"http://127.0.0.1:{{port}}\"\nstart = [\"sh\", \"-c\", '''{start}''']\n{more}"
    );
    TargetFile::parse(&text, Path::new("target.toml")).unwrap()
}

#[tokio::test]
async fn a_ready_line_means_ready_and_placeholders_are_filled_in() {
    let start = "echo up on {port} ping {ping_interval_ms}; exec sleep 60";
    let file = file(start, "ready_line = \"ping 200\"\n[timers]\nping_interval = \"200ms\"\n");
    let running = file.start().await.unwrap();
    let port = running.target.address().rsplit(':').next().unwrap().to_owned();
    assert!(running.tail().contains(&format!("up on {port} ping 200")), "{}", running.tail());
    running.stop(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn a_program_that_ends_is_told_with_its_last_words() {
    let error = file("echo no such database >&2; exit 3", "").start().await.unwrap_err();
    assert_eq!(error.exit_code(), 3);
    let text = error.to_string();
    assert!(text.starts_with("target made did not start: it ended with exit status: 3"), "{text}");
    assert!(text.contains("no such database"), "{text}");
}

#[tokio::test]
async fn a_program_that_never_gets_ready_is_ended() {
    let error = file("exec sleep 60", "ready_timeout = \"300ms\"\n").start().await.unwrap_err();
    assert!(
        matches!(error, Error::Start { .. }) && error.to_string().contains("not ready after 300ms"),
        "{error}"
    );
}

#[tokio::test]
async fn a_program_that_is_not_there_is_named() {
    let text = "[target]\nname = \"made\"\nurl = \"http://h:{port}\"\nstart = [\"/no/such/program\"]\n";
    let error = TargetFile::parse(text, Path::new("t.toml")).unwrap().start().await.unwrap_err();
    assert!(error.to_string().contains("/no/such/program"), "{error}");
}
