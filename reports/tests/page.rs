//! The page: whole, alone, escaped, and small enough.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[expect(dead_code, unreachable_pub, reason = "not every made result is needed here")]
mod sample;

use std::collections::HashSet;

use proptest::prelude::*;
use reports::model::Accounts;
use reports::{RunReport, html, markdown};

/// Elements that have no end.
const VOID: [&str; 7] = ["meta", "link", "input", "br", "hr", "img", "base"];

/// What a page may lead to beside itself.
const FILES: [&str; 12] = [
    "verdict.json",
    "summary.md",
    "load.json",
    "load.hdr",
    "timeline.csv",
    "operations.csv",
    "load.junit.xml",
    "conformance.json",
    "conformance.junit.xml",
    "prove.json",
    "compare.json",
    "capacity.json",
];

/// Walks the tags of `page`; panics where they don't close what they opened. Returns ids and attributes.
fn parse(page: &str) -> (Vec<String>, Vec<(String, String)>) {
    let (mut open, mut ids, mut attributes) = (Vec::new(), Vec::new(), Vec::new());
    let mut rest = page.strip_prefix("<!DOCTYPE html>").expect("a document type");
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let end = tag_end(rest);
        let tag = &rest[..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "closed out of order");
            continue;
        }
        let name = tag.split_whitespace().next().unwrap().to_owned();
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "no tag of ours: <{tag}>");
        for (key, value) in attributes_of(&tag[name.len()..]) {
            if key == "id" {
                ids.push(value.clone());
            }
            attributes.push((key, value));
        }
        if name == "script" || name == "style" {
            // Raw text: ends at its own end tag and nowhere else.
            let close = format!("</{name}>");
            rest = &rest[rest.find(&close).unwrap() + close.len()..];
        } else if !VOID.contains(&name.as_str()) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "left open: {open:?}");
    (ids, attributes)
}

fn tag_end(text: &str) -> usize {
    let mut quoted = false;
    text.char_indices()
        .find_map(|(at, c)| {
            quoted ^= c == '"';
            (c == '>' && !quoted).then_some(at)
        })
        .expect("a tag that ends")
}

fn attributes_of(mut text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    while let Some((key, after)) = text.split_once("=\"") {
        let (value, rest) = after.split_once('"').expect("a quoted value");
        found.push((key.split_whitespace().last().unwrap_or_default().to_owned(), value.to_owned()));
        text = rest;
    }
    found
}

fn runs() -> Vec<RunReport> {
    vec![
        sample::gate_pass(),
        sample::gate_fail(),
        sample::check_pass(),
        sample::prove_fail(),
        sample::target_gone(),
        sample::compared(),
        sample::compared_load(),
        sample::planned(),
        sample::large(),
        sample::hour(),
    ]
}

#[test]
fn every_page_is_whole_and_alone() {
    for run in runs() {
        let page = html::page(&run);
        let (ids, attributes) = parse(&page);
        let unique: HashSet<_> = ids.iter().collect();
        assert_eq!(unique.len(), ids.len(), "an id stands twice");
        for (key, value) in &attributes {
            if ["src", "href", "srcset", "data", "action", "poster"].contains(&key.as_str()) {
                // A file of the same folder is there to be followed, and nothing else leads away.
                let beside = key == "href" && FILES.contains(&value.as_str());
                assert!(
                    value.starts_with('#') || value == "data:," || beside,
                    "{key}={value} would fetch something"
                );
            }
            if let Some(id) = value.strip_prefix('#').filter(|_| key == "href") {
                assert!(unique.contains(&id.to_owned()), "{value} leads nowhere");
            }
            if ["aria-labelledby", "for"].contains(&key.as_str()) {
                for id in value.split_whitespace() {
                    assert!(unique.contains(&id.to_owned()), "{key}={value} names nothing");
                }
            }
            assert!(!key.starts_with("on"), "no script in attributes: {key}");
        }
        for loads in ["@import", "url(", "fetch(", "XMLHttpRequest", "import("] {
            assert!(!page.contains(loads), "{loads}");
        }
    }
}

#[test]
fn an_hour_and_400_checks_stay_under_two_megabytes() {
    let page = html::page(&sample::large());
    assert!(page.len() < 2 * 1024 * 1024, "{} bytes", page.len());
    let mut wordy = sample::large();
    for text in wordy.transcripts.values_mut() {
        *text = "0.1 << text fin  some payload\n".repeat(600);
    }
    let page = html::page(&wordy);
    assert!(page.len() < 2 * 1024 * 1024, "{} bytes with long transcripts", page.len());
}

#[test]
fn an_hour_of_15000_sessions_stays_under_two_megabytes() {
    let run = sample::hour();
    let page = html::page(&run);
    assert!(page.len() < 2 * 1024 * 1024, "{} bytes", page.len());
    for title in
        ["Latency over time", "Recovery after a cut", "One event to many sockets", "Signs of life under load"]
    {
        assert!(page.contains(title), "{title}");
    }
    assert!(page.contains("arrivals found no free session") && page.contains("chart-heat-1"));
    assert!(page.contains("The bar stands longest at 30–40 %"));
}

#[test]
fn a_suite_of_1300_checks_stays_under_two_megabytes_whatever_fails() {
    for failing in [0, 20, 1_300] {
        let page = html::page(&sample::checked(1_300, failing));
        assert!(page.len() < 2 * 1024 * 1024, "{} bytes with {failing} failures", page.len());
        parse(&page);
    }
}

#[test]
fn a_failure_shows_what_went_over_the_wire() {
    let page = html::page(&sample::checked(10, 1));
    assert!(page.contains("What went over the wire") && page.contains("li class=\"end\""));
    assert!(page.contains("… 80 more …"));
}

#[test]
fn every_finding_is_there_with_its_evidence() {
    let run = sample::gate_fail();
    let page = html::page(&run);
    for reason in &run.verdict.reasons {
        assert!(page.contains(&reason.id), "{}", reason.id);
    }
    assert!(page.contains("close 4408 &quot;pong timeout&quot; within 800 ms"));
    assert!(page.contains("close 1006 without a close frame after 1,412 ms"));
    assert!(page.contains("TCP closed by peer, no close frame"));
    assert!(page.contains("p99 passes 100 ms at 0:36"));
    assert!(page.contains("All 1,000 sessions stand through the steady phase"));
}

#[test]
fn a_proof_that_does_not_hold_says_why() {
    let run = sample::prove_fail();
    let page = html::page(&run);
    for told in [
        "Passed on the clean reference, and not through a proxy that does nothing (1)",
        "the listener took no connection within 2 s",
        "Not killed for the declared reason (2)",
        "and passed in spite of it.",
        "none after 600 ms",
        "tidegate check --prove -s ",
    ] {
        assert!(page.contains(told), "{told}");
    }
    let screen = reports::terminal::verdict_screen(&run, std::path::Path::new("index.html"), false);
    assert!(screen.contains("does not pass through a proxy"), "{screen}");
    let annotated = reports::github::annotations(&run);
    assert!(annotated.contains("actual the listener took no connection within 2 s"), "{annotated}");
    assert!(annotated.contains("expected a pong within 200 ms%0Aactual none after 600 ms"), "{annotated}");
}

#[test]
fn a_proof_of_which_nothing_holds_stays_under_two_megabytes() {
    let mut run = sample::prove_fail();
    let proof = run.proof.as_mut().unwrap();
    let mutant = proof.mutants[0].clone();
    proof.mutants = (0..1_500)
        .map(|at| reports::model::MutantResult {
            mutant: format!("made.mutant-{at}"),
            killed: false,
            transcript: Some("transcripts/long.txt".to_owned()),
            ..mutant.clone()
        })
        .collect();
    run.transcripts.insert("transcripts/long.txt".to_owned(), "0.1 << text fin  some payload\n".repeat(600));
    let page = html::page(&run);
    parse(&page);
    assert!(page.len() < 2 * 1024 * 1024, "{} bytes", page.len());
}

#[test]
fn sums_that_were_not_closed_are_said_so_on_the_page_and_in_the_summary() {
    let mut run = sample::gate_pass();
    let said = "The target tells no counters: sums were not closed against it.";
    assert!(!html::page(&run).contains(said));
    run.load.as_mut().unwrap().server.accounts = Some(Accounts::NotTold);
    assert!(html::page(&run).contains(said));
    assert!(markdown::summary(&run).contains(said));
}

#[test]
fn a_run_without_figures_has_a_page() {
    let mut run = sample::target_gone();
    let load = run.load.as_mut().unwrap();
    load.timeline.clear();
    load.operations.clear();
    load.thresholds.clear();
    load.progress = Default::default();
    parse(&html::page(&run));
    run.load = None;
    let page = html::page(&run);
    parse(&page);
    assert!(page.contains("INVALID"));
}

/// Puts `text` wherever a target or a user may have a say.
fn spoil(run: &mut RunReport, text: &str) {
    let own = |field: &mut String| text.clone_into(field);
    own(&mut run.verdict.command);
    for reason in &mut run.verdict.reasons {
        own(&mut reason.id);
        own(&mut reason.text);
    }
    run.verdict.header.config = serde_json::json!({ text: text });
    let conformance = run.conformance.as_mut().unwrap();
    own(&mut conformance.target);
    conformance.stale_baseline.push(text.to_owned());
    for result in &mut conformance.results {
        for field in [&mut result.id, &mut result.title, &mut result.area, &mut result.clause] {
            own(field);
        }
        result.requirements = vec![text.to_owned()];
        result.transcript = Some(text.to_owned());
        if let Some(reason) = &mut result.reason {
            for field in [&mut reason.code, &mut reason.expected, &mut reason.actual, &mut reason.text] {
                own(field);
            }
        }
    }
    run.transcripts.insert(text.to_owned(), text.to_owned());
    let load = run.load.as_mut().unwrap();
    for field in [&mut load.scenario, &mut load.target, &mut load.database.kind] {
        own(field);
    }
    for row in &mut load.timeline {
        own(&mut row.phase);
    }
    for operation in &mut load.operations {
        own(&mut operation.name);
        operation.errors.insert(text.to_owned(), 1);
    }
    for threshold in &mut load.thresholds {
        for field in [&mut threshold.name, &mut threshold.limit, &mut threshold.actual] {
            own(field);
        }
    }
    load.generator.reasons.push(text.to_owned());
    load.errors.iter_mut().for_each(|error| text.clone_into(&mut error.example));
    let proof = run.proof.as_mut().unwrap();
    proof.failed_on_clean.push(text.to_owned());
    for failure in &mut proof.clean_failures {
        own(&mut failure.result.id);
        failure.result.transcript = Some(text.to_owned());
        let reason = failure.result.reason.as_mut().unwrap();
        for field in [&mut reason.code, &mut reason.expected, &mut reason.actual, &mut reason.text] {
            own(field);
        }
    }
    for mutant in &mut proof.mutants {
        for field in [&mut mutant.mutant, &mut mutant.description, &mut mutant.check] {
            own(field);
        }
        mutant.killed = false;
        mutant.transcript = Some(text.to_owned());
        mutant.reason.iter_mut().for_each(|reason| own(&mut reason.actual));
    }
}

fn everything() -> RunReport {
    let mut run = sample::gate_fail();
    run.conformance.as_mut().unwrap().results.truncate(20);
    run.load.as_mut().unwrap().timeline.truncate(4);
    run.proof = Some(sample::proof(false));
    run.proof.as_mut().unwrap().mutants.truncate(3);
    run
}

#[test]
fn hostile_text_stays_text() {
    for hostile in [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "</script><script>alert(1)</script>",
        "</style><svg onload=alert(1)>",
        "<!-- ",
        "]]>&amp;&#60;b&#62;",
        "'`${1}`",
    ] {
        let mut run = everything();
        spoil(&mut run, hostile);
        let page = html::page(&run);
        parse(&page);
        for found in ["<script>alert", "<img", "<svg onload", "</script><script>a", "<!-- "] {
            assert!(!page.contains(found), "{found} from {hostile}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_text_makes_a_whole_page(text in "[<>&\"'`/a-z\\u{0}-\\u{2028} !-]{0,40}") {
        let mut run = everything();
        spoil(&mut run, &text);
        let (ids, _) = parse(&html::page(&run));
        let unique: HashSet<_> = ids.iter().collect();
        prop_assert_eq!(unique.len(), ids.len());
        reports::terminal::verdict_screen(&run, std::path::Path::new("index.html"), true);
    }
}
