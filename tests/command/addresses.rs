//! `tidegate serve --check-env` and the layers of the server's configuration.

use super::process::{finished, out, run, tidegate};

fn written(folder: &std::path::Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[test]
fn an_address_of_another_tier_is_named_with_its_line_and_what_to_write() {
    let out = out();
    let text = "NEXT_PUBLIC_API_URL=http://localhost:8000\nNEXT_PUBLIC_WS_URL=ws://localhost:8080\n";
    let path = written(out.path(), ".env.local", text);
    let ran = run(out.path(), &["serve", "--check-env", &path]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let wrong = ran.stdout.lines().next().unwrap();
    for part in
        ["DISAGREES", ".env.local:1", "the MCP server", "write NEXT_PUBLIC_API_URL=http://localhost:8080"]
    {
        assert!(wrong.contains(part), "{part} is missing in {wrong}");
    }
    assert!(ran.stdout.lines().nth(1).unwrap().trim_start().starts_with("agrees"), "{}", ran.stdout);
}

#[test]
fn what_a_compose_file_publishes_is_what_a_browser_reaches() {
    let out = out();
    let text = "services:\n  server:\n    ports: [\"9000:8080\"]\n  web:\n    environment:\n      NEXT_PUBLIC_WS_URL: ws://localhost:9000\n";
    let path = written(out.path(), "compose.yaml", text);
    let ran = run(out.path(), &["serve", "--format", "json", "--check-env", &path]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let findings: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(findings[0]["verdict"], "agrees");
    assert_eq!(findings.as_array().unwrap().len(), 2);
}

#[test]
fn files_without_addresses_or_without_sense_are_said_so() {
    let out = out();
    let path = written(out.path(), ".env", "OTHER=1\n");
    assert_eq!(run(out.path(), &["serve", "--check-env", &path]).code, Some(4));
    let path = written(out.path(), "compose.yml", "a: 1\n");
    assert_eq!(run(out.path(), &["serve", "--check-env", &path]).code, Some(2));
    assert_eq!(run(out.path(), &["serve", "--check-env", "no-such-file"]).code, Some(2));
}

#[test]
fn the_environment_configures_and_its_mistakes_are_named() {
    let out = out();
    let printed = |name: &str, value: &str| {
        let mut command = tidegate(out.path(), &["serve", "--print-config"]);
        command.env(name, value).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        finished(command.spawn().expect("the command runs"))
    };
    let ran = printed("TIDEGATE_LIMITS_RATE_LIMIT", "7");
    assert!(ran.stdout.contains("rate_limit = 7\n"), "{ran:?}");
    let ran = printed("TIDEGATE_AUTH_SECRET", "never shown anywhere, please");
    assert!(ran.stdout.contains("[redacted]") && !ran.stdout.contains("never shown"), "{ran:?}");
    let ran = printed("TIDEGATE_LIMITS_RATE_LIMT", "7");
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("TIDEGATE_LIMITS_RATE_LIMT: no such key"), "{ran:?}");
}

#[test]
fn a_listener_for_everybody_must_be_asked_for() {
    let out = out();
    let ran = run(out.path(), &["serve", "--listen", "0.0.0.0:0"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("--insecure"), "{ran:?}");
    let ran = run(out.path(), &["serve", "--listen", "0.0.0.0:0", "--insecure", "--print-config"]);
    assert!(ran.code == Some(0) && ran.stdout.contains("insecure = true"), "{ran:?}");
}
