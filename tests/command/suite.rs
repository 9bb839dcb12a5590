//! `tidegate check`, `list` and `explain`.

use std::process::Stdio;

use super::process::{Lasting, Server, finished, latest, out, run, tidegate};

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
    assert!(stale.stdout.contains("passes now"), "{stale:?}");
    let updated = run(out.path(), &["check", "-s", "rest", "--baseline", &path, "--update-baseline"]);
    assert_eq!(updated.code, Some(0), "judged by what it wrote: {updated:?}");
    assert_eq!(latest(out.path(), "conformance.json")["stale_baseline"].as_array().map(Vec::len), Some(0));
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
fn for_the_websocket_part_the_url_is_the_door() {
    let out = out();
    let server = Server::start(out.path(), &["--test-doors"]);
    let part = ["check", "--suite", "rfc6455", "-s", "opening.plain | opening.query-text"];
    let door = format!("{}/ws/echo?x=1", server.url().replace("http://", "ws://"));
    let ran = run(out.path(), &[&part[..], &[&door]].concat());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(latest(out.path(), "conformance.json")["counts"]["passed"], 2);
    let root = run(out.path(), &[&part[..], &[&server.url()]].concat());
    assert_eq!(root.code, Some(3), "{root:?}");
    assert!(root.stderr.contains("an upgrade of / is answered by 404"), "{root:?}");
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
fn what_is_listed_for_machines_is_what_was_asked_for() {
    let out = out();
    let listed = |kind: &[&str]| -> Vec<String> {
        let ran = run(out.path(), &[&["list", "--format", "json"], kind].concat());
        let listed: std::collections::BTreeMap<String, serde_json::Value> =
            serde_json::from_str(&ran.stdout).unwrap();
        listed.into_keys().collect()
    };
    assert_eq!(listed(&["mutants"]), ["mutants"]);
    assert_eq!(listed(&[]), ["checks", "mutants", "requirements", "scenarios"]);
}

#[test]
fn explain_shows_clause_trace_and_mutants() {
    let out = out();
    let ran = run(out.path(), &["explain", "rest.session-delete"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for text in ["Session expired", "why:", "from:", "known mistakes behind it"] {
        assert!(ran.stdout.contains(text), "{text}: {}", ran.stdout);
    }
}

#[test]
fn several_runs_are_counted_and_told_as_one() {
    let out = out();
    let ran = run(out.path(), &["check", "-s", "rest.ready | rest.health", "--repeat", "3"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let report = latest(out.path(), "conformance.json");
    assert_eq!(report["repetition"]["runs"], 3);
    assert_eq!(report["repetition"]["flaky"].as_array().map(Vec::len), Some(0));
    for result in report["results"].as_array().unwrap() {
        assert_eq!((&result["runs"]["runs"], &result["runs"]["passed"]), (&3.into(), &3.into()), "{result}");
    }
    assert!(report["instrument"]["watched_ms"].as_f64().unwrap() > 0.0);
    assert!(out.path().join("latest/badge.svg").is_file());
}

#[test]
fn a_version_of_the_requirements_can_be_asked_for() {
    let out = out();
    let ran = run(out.path(), &["check", "--list", "--requirements", "1.0", "-s", "rest"]);
    assert!(ran.code == Some(0) && ran.stdout.contains("rest.ready"), "{ran:?}");
    let wrong = run(out.path(), &["check", "--requirements", "0.3"]);
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
    assert!(wrong.stderr.contains("0.3") && wrong.stderr.contains("1.0"), "{wrong:?}");
}

#[test]
fn two_runs_are_compared_and_a_new_failure_fails() {
    let out = out();
    let before = run(out.path(), &["check", "-s", "rest.ready | rest.health"]);
    assert_eq!(before.code, Some(0), "{before:?}");
    let first = std::fs::canonicalize(out.path().join("latest")).unwrap();
    let worse = out.path().join("worse");
    std::fs::create_dir(&worse).unwrap();
    let text = std::fs::read_to_string(first.join("conformance.json")).unwrap();
    let failing = text.replacen("\"status\": \"passed\"", "\"status\": \"failed\"", 1);
    std::fs::write(worse.join("conformance.json"), failing).unwrap();
    let unjudged = run(out.path(), &["compare", &first.display().to_string(), &worse.display().to_string()]);
    assert!(unjudged.code == Some(2) && unjudged.stderr.contains("verdict.json"), "{unjudged:?}");
    std::fs::copy(first.join("verdict.json"), worse.join("verdict.json")).unwrap();
    let (first, worse) = (first.display().to_string(), worse.display().to_string());
    let same = run(out.path(), &["compare", &first, &first]);
    assert_eq!(same.code, Some(0), "{same:?}");
    let compared = run(out.path(), &["compare", &first, &worse]);
    assert_eq!(compared.code, Some(1), "{compared:?}");
    let report = latest(out.path(), "compare.json");
    assert_eq!(report["changes"][0]["kind"], "newly_failing");
    let mended = run(out.path(), &["compare", &worse, &first]);
    assert_eq!(mended.code, Some(0), "{mended:?}");
    let nothing = run(out.path(), &["compare", &first, "no-such-folder"]);
    assert_eq!(nothing.code, Some(2), "{nothing:?}");
    let other = run(out.path(), &["check", "-s", "rest.ready"]);
    assert_eq!(other.code, Some(0), "{other:?}");
    let other = std::fs::canonicalize(out.path().join("latest")).unwrap().display().to_string();
    let dropped = run(out.path(), &["compare", &first, &other]);
    assert!(dropped.code == Some(1) && dropped.stdout.contains("DROPPED"), "{dropped:?}");
    let allowed = run(out.path(), &["compare", &first, &other, "--allow-dropped"]);
    assert_eq!(allowed.code, Some(0), "{allowed:?}");
}

#[test]
fn github_gets_annotations_and_a_summary() {
    let out = out();
    let summary = out.path().join("summary.md");
    let baseline = out.path().join("baseline.toml");
    std::fs::write(&baseline, "[known_failing]\n\"rest.ready\" = \"it was slow once\"\n").unwrap();
    let mut command = tidegate(out.path(), &["check", "-s", "rest.ready", "--baseline"]);
    command.arg(&baseline).env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", &summary);
    let ran = finished(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("::error title=STALE rest.ready::"), "{ran:?}");
    assert!(std::fs::read_to_string(&summary).unwrap().contains("tidegate check: FAIL"));
}

#[test]
fn watching_needs_something_that_can_change() {
    let out = out();
    let ran = run(out.path(), &["check", "--watch"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("--target"), "{ran:?}");
}

#[test]
fn watching_goes_on_until_it_is_ended_and_then_gives_its_verdict() {
    let out = out();
    let server = Server::start(out.path(), &[]);
    let command = tidegate(out.path(), &["check", &server.url(), "-s", "rest.ready", "--watch"]);
    let (watching, mut said) = Lasting::start(command);
    let waits = said.find(|line| line.contains("green"));
    assert!(waits.is_some_and(|line| line.contains("all 1 checks are green")));
    let ran = watching.interrupted();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(latest(out.path(), "conformance.json")["counts"]["passed"], 1);
}

#[test]
fn a_target_started_anew_is_noticed_and_what_was_green_is_not_taken_for_granted() {
    let out = out();
    let config = out.path().join("off.toml");
    std::fs::write(&config, "[context]\npolicy = \"off\"\n").unwrap();
    let server = Server::start(out.path(), &["--config", &config.display().to_string()]);
    let select = "query.unknown-database | rest.ready";
    let command = tidegate(out.path(), &["check", &server.url(), "-s", select, "--watch"]);
    let (watching, mut said) = Lasting::start(command);
    let mut waits_for = |text: &str| assert!(said.any(|line| line.contains(text)), "{text}");
    waits_for("1 of 2 checks are not green");
    let _server = server.restarted(out.path(), &[]);
    waits_for("the target is back");
    waits_for("everything runs again");
    waits_for("all 2 checks are green");
    let ran = watching.interrupted();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(latest(out.path(), "conformance.json")["counts"]["passed"], 2);
}
