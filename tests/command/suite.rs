//! `tidegate check`, `list` and `explain`.

use super::process::{Server, latest, out, run};

#[test]
fn the_reference_passes_every_check() {
    let out = out();
    let ran = run(out.path(), &["check"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let report = latest(out.path(), "conformance.json");
    let count = |name: &str| report["counts"][name].as_u64().unwrap();
    assert!(count("passed") >= 90, "{}", report["counts"]);
    assert_eq!(count("passed"), count("total"), "{}", report["counts"]);
    for file in ["conformance.junit.xml", "index.html"] {
        assert!(out.path().join("latest").join(file).is_file(), "{file}");
    }
    assert_eq!(latest(out.path(), "verdict.json")["verdict"], "pass");
}

#[test]
fn each_area_has_the_checks_it_was_given() {
    let out = out();
    let ran = run(out.path(), &["list", "--counts", "--format", "json"]);
    let counts: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    for (area, least) in [
        ("handshake", 16),
        ("session", 10),
        ("life", 10),
        ("framing", 20),
        ("query", 12),
        ("resume", 12),
        ("limits", 10),
        ("rest", 6),
    ] {
        assert!(counts["areas"][area].as_u64() >= Some(least), "{area}: {counts}");
    }
    for none in ["checks_without_mutant", "requirements_without_check"] {
        assert_eq!(counts[none], 0, "{none}");
    }
}

#[test]
fn a_stale_baseline_fails_and_a_new_one_can_be_written() {
    let out = out();
    let path = out.path().join("baseline.toml");
    std::fs::write(&path, "[known_failing]\n\"rest.ready\" = \"it was slow once\"\n").unwrap();
    let path = path.display().to_string();
    let stale = run(out.path(), &["check", "-s", "rest", "--baseline", &path]);
    assert_eq!(stale.code, Some(1), "{stale:?}");
    assert_eq!(latest(out.path(), "conformance.json")["stale_baseline"][0], "rest.ready");
    run(out.path(), &["check", "-s", "rest", "--baseline", &path, "--update-baseline"]);
    let mended = run(out.path(), &["check", "-s", "rest", "--baseline", &path]);
    assert_eq!(mended.code, Some(0), "{mended:?}");
}

#[test]
fn a_failure_comes_with_its_reason_and_its_transcript_in_the_page() {
    let out = out();
    let config = out.path().join("off.toml");
    std::fs::write(&config, "[context]\npolicy = \"off\"\n").unwrap();
    let server = Server::start(out.path(), &["--config", &config.display().to_string()]);
    let ran = run(out.path(), &["check", "-s", "query.unknown-database", &server.url()]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let result = &latest(out.path(), "conformance.json")["results"][0];
    assert_eq!(result["reason"]["code"], "accepted", "{result}");
    let transcript = out.path().join("latest").join(result["transcript"].as_str().unwrap());
    assert!(std::fs::read_to_string(transcript).unwrap().contains("connection_established"));
    let page = std::fs::read_to_string(out.path().join("latest/index.html")).unwrap();
    assert!(page.contains("101 Switching Protocols") && !page.contains("not found beside"));
}

#[test]
fn shards_together_are_the_whole() {
    let out = out();
    let listed = |shard: &[&str]| -> Vec<String> {
        let ran = run(out.path(), &[&["check", "--list"], shard].concat());
        ran.stdout.lines().map(|line| line.split(' ').next().unwrap_or_default().to_owned()).collect()
    };
    let mut parts: Vec<String> =
        ["1/3", "2/3", "3/3"].iter().flat_map(|shard| listed(&["--shard", shard])).collect();
    let mut whole = listed(&[]);
    parts.sort();
    whole.sort();
    assert_eq!(parts, whole);
}

#[test]
fn explain_shows_clause_trace_and_mutants() {
    let out = out();
    let ran = run(out.path(), &["explain", "rest.session-delete"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for text in ["Session expired", "why:", "trace:", "must be noticed by"] {
        assert!(ran.stdout.contains(text), "{text}: {}", ran.stdout);
    }
}
