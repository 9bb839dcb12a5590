//! Made results: the same in every test and in the example page. No clock, no randomness but a fixed sequence.

mod capacity;
mod checks;
mod latency;
mod load;

use std::collections::BTreeMap;

use reports::RunReport;
use reports::model::{
    CheckStatus, CleanFailure, Environment, FailureReason, Header, MutantResult, ProofReport, Reason,
    ReasonKind, SchemaId,
};
use reports::verdict::{Evidence, judge};

pub use checks::{conformance, transcript};
pub use load::{load, spoil};

/// A header for the format `name`.
pub fn header(name: &str) -> Header {
    Header {
        schema: SchemaId::new(name, 1),
        tool_version: "0.1.0".into(),
        seed: 42,
        started_at: "2026-11-21T12:00:00Z".parse().expect("a moment"),
        config: serde_json::json!({
            "scenario": {"name": "gate", "sessions": 1000, "duration": "60s", "think_time": ["1s", "3s"]},
            "server": {"listen": "127.0.0.1:0", "ping_interval_ms": 30000, "auth": {"hs256_secret": "<redacted>"}},
        }),
        environment: Environment {
            platform: "linux x86_64".into(),
            cores: 2,
            memory_mib: Some(24_111),
            kernel: Some("6.18.0".into()),
            build: "release".into(),
        },
    }
}

fn assemble(
    command: &str,
    conformance: Option<reports::model::ConformanceReport>,
    load: Option<reports::model::LoadReport>,
    proof: Option<ProofReport>,
    trouble: Vec<Reason>,
) -> RunReport {
    let verdict = judge(
        &header("any"),
        command,
        &Evidence {
            conformance: conformance.as_ref(),
            load: load.as_ref(),
            proof: proof.as_ref(),
            trouble,
            ..Evidence::default()
        },
    );
    let clean = proof.iter().flat_map(|proof| &proof.clean_failures).map(|failure| &failure.result);
    let transcripts: BTreeMap<_, _> = conformance
        .iter()
        .flat_map(|report| &report.results)
        .chain(clean)
        .filter_map(|result| Some((result.transcript.clone()?, transcript(result))))
        .collect();
    let latency = load.as_ref().map(latency::latency);
    RunReport { verdict, conformance, load, latency, proof, comparison: None, capacity: None, transcripts }
}

/// The main job on a healthy server.
pub fn gate_pass() -> RunReport {
    assemble("gate", Some(conformance(98, &[])), Some(load(60)), None, vec![])
}

/// The main job on a server with two violations and a stall.
pub fn gate_fail() -> RunReport {
    let mut slow = load(60);
    spoil(&mut slow);
    assemble("gate", Some(conformance(98, &[17, 55])), Some(slow), None, vec![])
}

/// Only checks.
pub fn check_pass() -> RunReport {
    assemble("check", Some(conformance(98, &[])), None, None, vec![])
}

/// A proof in which one mutant survives.
pub fn prove_fail() -> RunReport {
    assemble("check", Some(conformance(98, &[])), None, Some(proof(false)), vec![])
}

/// The transcript of `result`.
pub fn transcript_of(result: &reports::model::CheckResult) -> String {
    transcript(result)
}

/// One check of every status.
pub fn one_of_each() -> reports::model::ConformanceReport {
    checks::one_of_each()
}

/// A large suite, the first `failing` of its checks failed, with transcripts for machines too.
pub fn checked(count: usize, failing: usize) -> RunReport {
    let failing: Vec<usize> = (0..failing).collect();
    let mut run = assemble("check", Some(conformance(count, &failing)), None, None, vec![]);
    let line = r#"{"at_us":1500,"connection":"query-1","direction":"received","kind":"text","payload":"{\"type\":\"progress_update\",\"progress_percentage\":10,\"message\":\"Executing SQL...\"}"}"#;
    let lines = format!("{line}\n").repeat(200);
    let names: Vec<String> = run.transcripts.keys().map(|name| name.replace(".txt", ".jsonl")).collect();
    run.transcripts.extend(names.into_iter().map(|name| (name, lines.clone())));
    run
}

/// Two runs, the second one worse.
pub fn compared() -> RunReport {
    let (before, after) = (conformance(98, &[17, 20]), conformance(97, &[17, 55]));
    let comparison = reports::comparison::compare(&header("any"), ("runs/1", &before), ("runs/2", &after));
    let evidence = Evidence { comparison: Some(&comparison), ..Evidence::default() };
    let verdict = judge(&header("any"), "compare", &evidence);
    let transcripts = BTreeMap::new();
    RunReport {
        verdict,
        conformance: None,
        load: None,
        latency: None,
        proof: None,
        comparison: Some(comparison),
        capacity: None,
        transcripts,
    }
}

/// Two sets of load runs, the second one worse in one figure.
pub fn compared_load() -> RunReport {
    let run = load(10);
    let comparison = reports::comparison::of_load(
        &header("any"),
        ("runs/A-01", &run),
        ("runs/B-01", &run),
        capacity::load_comparison(),
    );
    let evidence = Evidence { comparison: Some(&comparison), ..Evidence::default() };
    let verdict = judge(&header("any"), "compare", &evidence);
    RunReport { verdict, comparison: Some(comparison), ..nothing() }
}

/// How much a server holds, 2,000 sessions having been asked for.
pub fn planned() -> RunReport {
    let capacity = capacity::capacity();
    let evidence = Evidence { capacity: Some(&capacity), at_least: Some(2_000), ..Evidence::default() };
    let verdict = judge(&header("any"), "plan", &evidence);
    RunReport { verdict, capacity: Some(capacity), ..nothing() }
}

/// A run without any result.
fn nothing() -> RunReport {
    assemble("none", None, None, None, vec![])
}

/// A target that went away.
pub fn target_gone() -> RunReport {
    let mut cut = load(23);
    spoil(&mut cut);
    cut.interrupted = true;
    let reason = Reason {
        kind: ReasonKind::Target,
        id: "server".into(),
        text: "http://127.0.0.1:8080 closed every connection at 0:23 and refuses new ones".into(),
    };
    assemble("load", None, Some(cut), None, vec![reason])
}

/// As large as a run gets in practice: an hour and 400 checks.
pub fn large() -> RunReport {
    let mut long = load(3600);
    spoil(&mut long);
    assemble("gate", Some(conformance(400, &[17, 55, 120, 301])), Some(long), Some(proof(false)), vec![])
}

/// An hour of 15,000 sessions that come by arrivals, with cuts, a fan-out and everything else a load run can have.
pub fn hour() -> RunReport {
    let mut long = load(3_600);
    load::crowd(&mut long);
    spoil(&mut long);
    assemble("load", None, Some(long), None, vec![])
}

/// A histogram log as large as that of `load`.
pub fn hdr_log(load: &reports::model::LoadReport) -> Vec<u8> {
    latency::hdr_log(load)
}

/// A proof; whole, or with one survivor, one wrong reason, one check without a mutant and one that does not pass behind
/// the proxy.
pub fn proof(holds: bool) -> ProofReport {
    let checks = conformance(98, &[]);
    let mutants = checks.results.iter().enumerate().map(|(at, result)| {
        let code = if at % 3 == 0 { "missing" } else { "wrong_close_code" };
        let given = match (holds, at) {
            (false, 12) => None,
            (false, 31) => Some("late".to_owned()),
            _ => Some(code.to_owned()),
        };
        MutantResult {
            mutant: format!("{}-broken", result.id.replace('.', "-")),
            description: format!("Breaks `{}` on the way to the peer.", result.title),
            check: result.id.clone(),
            killed: given.as_deref() == Some(code),
            reason: given.as_ref().map(|code| FailureReason {
                code: code.clone(),
                expected: "a pong within 200 ms".into(),
                actual: "none after 600 ms".into(),
                text: "expected a pong within 200 ms, got none after 600 ms".into(),
            }),
            reason_code: given,
            transcript: None,
            expected_reason_code: code.into(),
            also_killed_by: if at % 7 == 0 { vec!["framing.text-utf8".into()] } else { vec![] },
            also_tried: 12,
            attempts: 1,
            duration_ms: 40.0 + at as f64,
        }
    });
    let mut failure = CleanFailure { result: conformance(98, &[]).results[60].clone(), proxied: true };
    failure.result.status = CheckStatus::NotRun;
    failure.result.reason = Some(FailureReason {
        code: "not_run".into(),
        expected: "the check to be carried out".into(),
        actual: "the listener took no connection within 2 s".into(),
        text: "the listener took no connection within 2 s".into(),
    });
    failure.result.transcript = Some(format!("transcripts/{}.proxied.txt", failure.result.id));
    let clean_failures = if holds { vec![] } else { vec![failure] };
    ProofReport {
        header: header("tidegate.prove"),
        failed_on_clean: clean_failures.iter().map(|failure| failure.result.id.clone()).collect(),
        clean_failures,
        mutants: mutants.collect(),
        checks_without_mutant: if holds { vec![] } else { vec!["rest.health-version".into()] },
        duration_ms: 31_400.0,
    }
}
