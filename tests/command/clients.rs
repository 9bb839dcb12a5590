//! `tidegate check-client`: a good client passes; each bad one gets its verdict, with the reason, and nothing breaks.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;

use serde_json::Value;

use super::process::{Ran, finished, latest, out, run, tidegate};

/// Checks `client` (the reference client when it is empty) by the checks that `select` names.
fn check(select: &str, fault: Option<&str>, client: &[&str]) -> (Ran, Value, Value) {
    let out = out();
    // A first word that never comes is waited for a quarter as long.
    let speaks = client.is_empty() || client.iter().any(|part| part.contains("ready"));
    let scale = if speaks { "1" } else { "0.25" };
    let mut command = tidegate(out.path(), &["check-client", "--timing-scale", scale, "-s", select]);
    if let Some(fault) = fault {
        command.env("TIDEGATE_CLIENT_FAULT", fault);
    }
    if !client.is_empty() {
        command.arg("--").args(client);
    }
    let ran = finished(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs"));
    assert!(!ran.stderr.contains("panicked"), "{ran:?}");
    (ran, latest(out.path(), "verdict.json"), latest(out.path(), "conformance.json"))
}

/// Demands that the check `id` fails for `reason`, and with it the run.
fn fails(id: &str, reason: &str, fault: Option<&str>, client: &[&str]) {
    let (ran, verdict, report) = check(id, fault, client);
    let told = format!("{id}, {fault:?}, {client:?}: {}", report["results"][0]);
    assert_eq!(ran.code, Some(1), "{told}\n{ran:?}");
    assert_eq!((&verdict["verdict"], &verdict["exit_code"]), (&"fail".into(), &1.into()), "{told}");
    assert_eq!(verdict["reasons"][0]["id"], id, "{told}");
    let result = &report["results"][0];
    assert_eq!((&result["id"], &result["status"]), (&id.into(), &"failed".into()), "{told}");
    assert_eq!(result["reason"]["code"], reason, "{told}");
    assert!(ran.stderr.contains(id), "{told}\n{ran:?}");
}

/// The ids that `check-client --list` names.
fn listed(suite: &str) -> BTreeSet<String> {
    let out = out();
    let ran = run(out.path(), &["check-client", "--list", "--format", "json", "--suite", suite]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let list: Vec<Value> = serde_json::from_str(&ran.stdout).expect("a list");
    list.iter().filter_map(|check| check["id"].as_str().map(str::to_owned)).collect()
}

#[test]
fn the_parts_of_the_suite_for_clients_are_all_of_it() {
    let (all, wire, app) = (listed("all"), listed("rfc6455"), listed("app"));
    assert!(wire.iter().all(|id| id.starts_with("client-wire.")), "{wire:?}");
    assert!(app.iter().all(|id| id.starts_with("client.")), "{app:?}");
    assert!(!wire.is_empty() && !app.is_empty());
    assert_eq!(wire.union(&app).cloned().collect::<BTreeSet<String>>(), all);
}

#[test]
fn the_reference_client_passes() {
    let ids = [
        "client-wire.text-of-126",
        "client-wire.length-bit-text",
        "client-wire.close-1000",
        "client.handshake-first",
        "client.queue-order",
        "client.backoff-1",
        "client.resume-offset",
        "client.url-backend",
    ];
    let (ran, verdict, report) = check(&ids.join(" | "), None, &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}\n{report}");
    assert_eq!((&verdict["verdict"], &report["counts"]["passed"]), (&"pass".into(), &ids.len().into()));
}

#[test]
fn each_mistake_of_a_client_is_named_by_its_check_and_its_reason() {
    for (mistake, id, reason) in [
        ("no-queue", "client.queue-until-open", "missing"),
        ("any-status", "client.no-return-after-401", "unexpected"),
        ("short-wait-1", "client.backoff-1", "early"),
        ("long-wait-1", "client.backoff-1", "late"),
        ("resends-by-http", "client.too-large-once", "duplicate"),
        ("no-memory", "client.replay-seen", "duplicate"),
        ("new-session", "client.session-kept", "wrong_value"),
        ("takes-length-bit", "client-wire.length-bit-text", "accepted"),
        ("sits-on-refusals", "client-wire.accept-wrong", "not_closed"),
    ] {
        fails(id, reason, Some(mistake), &[]);
    }
}

/// The results of the reference client, made to err by `fault`: id and status.
fn statuses(select: &str, fault: &str) -> BTreeMap<String, String> {
    let (ran, _, report) = check(select, Some(fault), &[]);
    let results = report["results"].as_array().unwrap_or_else(|| panic!("results: {ran:?}"));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    results.iter().map(|result| (text(&result["id"]), text(&result["status"]))).collect()
}

#[test]
fn a_client_that_is_gone_passes_no_case_in_which_something_must_not_happen() {
    for (fault, least, select) in [
        // Those about the address open no connection.
        ("ends-at-connect", 100, "client & !client.url-*"),
        // A refused upgrade opens nothing.
        (
            "ends-when-open",
            17,
            "client.no-return-* & !client.no-return-after-4* | client.handshake-once | client.heartbeat-rate \
             | client.queue-once | client.one-connection | client.close-for-good | client.too-large-once \
             | client.not-asked-again",
        ),
        (
            "ends-when-lost",
            18,
            "client.no-return-* | client.backoff-attempts | client.close-while-waiting | client.too-large-once \
             | client.not-asked-again",
        ),
    ] {
        let statuses = statuses(select, fault);
        assert!(statuses.len() >= least, "{fault}: {statuses:?}");
        let violated = |status: &str| matches!(status, "failed" | "warning");
        let others: Vec<_> = statuses.iter().filter(|(_, status)| !violated(status)).collect();
        assert!(others.is_empty(), "{fault}: {others:?}");
    }
}

/// What a program says first that speaks the contract.
const READY: &str = r#"echo '{"event":"ready","contract":1,"features":["echo"]}'; read -r line; "#;
/// Connects to the address it is given, as file 3.
const CONNECT: &str = "at=${TIDEGATE_URL#ws://}; at=${at%%/*}; exec 3<>/dev/tcp/${at%:*}/${at#*:}; ";
/// Asks for a WebSocket in order.
const UPGRADE: &str = r"printf 'GET /ws/echo HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' >&3; printf 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n' >&3; ";

#[test]
fn a_program_that_is_no_client_gets_a_verdict_within_its_time() {
    let scripts = [
        ("missing", "exec sleep 600".to_owned()),
        ("closed", "exit 3".to_owned()),
        ("missing", "while :; do echo 'no json {'; sleep 0.05; done".to_owned()),
        ("closed", "exec 1>&-; exec sleep 600".to_owned()),
        ("unexpected", "exec yes '{\"event\":\"noise\"}'".to_owned()),
        ("unexpected", "exec tr '\\0' x </dev/zero".to_owned()),
        (
            "wrong_value",
            "echo '{\"event\":\"ready\",\"contract\":7,\"features\":[]}'; exec sleep 600".to_owned(),
        ),
        ("missing", format!("{READY} exec sleep 600")),
        ("closed", format!("{READY} exit 0")),
        ("missing", format!("{READY}{CONNECT} exec sleep 600")),
        ("unexpected", format!(r"{READY}{CONNECT} printf '\377\0 no request\r\n\r\n' >&3; exec sleep 600")),
        ("unexpected", format!("{READY}{CONNECT} exec cat /dev/zero >&3")),
        ("closed", format!("{READY}{CONNECT} exit 0")),
    ];
    for (reason, script) in scripts {
        fails("client-wire.text-of-126", reason, None, &["bash", "-c", &script]);
    }
}

#[test]
fn a_program_that_upgrades_and_talks_nonsense_gets_a_verdict_too() {
    for (reason, then) in [
        ("malformed", r"printf '\377\377\377\377\377\377\377\377\377\377\377' >&3; exec sleep 600"),
        ("malformed", "exec cat /dev/zero >&3"),
        ("missing", "exec sleep 600"),
        ("closed", "exec 3>&-; exec sleep 600"),
    ] {
        let script = format!("{READY}{CONNECT}{UPGRADE}{then}");
        fails("client-wire.text-of-126", reason, None, &["bash", "-c", &script]);
    }
}

#[test]
fn a_program_that_is_not_there_is_one_sentence_and_exit_code_3() {
    let out = out();
    let mut command = tidegate(out.path(), &["check-client", "--", "/no/such/client"]);
    let ran = finished(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs"));
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.stderr.contains("/no/such/client") && ran.stderr.lines().count() <= 3, "{ran:?}");
}
