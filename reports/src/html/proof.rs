//! The proof of the checks: every mutant with the check that noticed it.

use maud::{Markup, html};

use super::anchor::{anchors, self_link};
use super::check::{self, FINDINGS, Heard};
use crate::RunReport;
use crate::model::{CleanFailure, MutantResult, ProofReport};
use crate::wording::{count, millis};

/// Names of other checks shown at once.
const SHOWN: usize = 4;

/// What does not hold, in full, and the matrix of mutants and checks, survivors first.
pub(super) fn section(run: &RunReport, proof: &ProofReport) -> Markup {
    let killed = proof.mutants.iter().filter(|mutant| mutant.killed).count();
    let anchors = anchors("mutant", proof.mutants.iter().map(|mutant| mutant.mutant.as_str()));
    let mut rows: Vec<_> = proof.mutants.iter().zip(&anchors).collect();
    rows.sort_by_key(|(mutant, _)| mutant.killed);
    // Those that are not told in full for want of room stand in the matrix, which has their anchors then.
    let mut room = FINDINGS;
    let unkilled: Vec<Markup> = rows
        .iter()
        .take_while(|(mutant, _)| !mutant.killed)
        .map_while(|(mutant, anchor)| {
            let finding = unkilled(run, mutant, anchor);
            room = room.checked_sub(finding.0.len())?;
            Some(finding)
        })
        .collect();
    html! {
        p { (count(killed as u64)) " of " (count(proof.mutants.len() as u64))
            " deliberate violations were noticed by their check for the declared reason, in "
            (millis(proof.duration_ms)) "." }
        (on_clean(run, proof))
        (list("Without a mutant, so that nothing proves they can fail:", &proof.checks_without_mutant))
        @if !unkilled.is_empty() {
            h3 { "Not killed for the declared reason (" (proof.mutants.len() - killed) ")" }
            @for finding in &unkilled { (finding) }
            h3 { "All mutants" }
        }
        div.filter id="mutants-filter" hidden {
            label { "Filter " input id="mutants-text" type="search" placeholder="mutant, check or reason" autocomplete="off"; }
            label { "Outcome " select id="mutants-outcome" {
                option value="" { "all" }
                @for outcome in ["survived", "wrong reason", "killed"] { option value=(outcome) { (outcome) } }
            } }
            output id="mutants-count" for="mutants-text mutants-outcome" {}
        }
        p.muted { "Other checks of the area are tried as far as time allows: “2 of 12” noticed it, of twelve that were tried." }
        div.scroll tabindex="0" role="region" aria-label="Mutants" {
            table.mutants {
                thead { tr { th scope="col" { "Outcome" } th scope="col" { "Mutant" } th scope="col" { "Check that must notice it, and others that did" }
                    th scope="col" { "Reason" }
                    th.num scope="col" { "Time" } } }
                tbody { @for (at, (mutant, anchor)) in rows.into_iter().enumerate() {
                    tr id=[(at >= unkilled.len()).then_some(anchor)] data-outcome=(outcome_word(mutant)) {
                        td { (outcome(mutant)) }
                        th scope="row" { code { (mutant.mutant) } br; span.muted { (mutant.description) } }
                        td { code { (mutant.check) } br; span.muted { "others: " (others(mutant)) } }
                        td { (reason(mutant)) }
                        td.num { (millis(mutant.duration_ms)) }
                    }
                } }
            }
        }
    }
}

/// Checks that did not pass on the clean reference. Files of old have only their ids.
fn on_clean(run: &RunReport, proof: &ProofReport) -> Markup {
    const DIRECT: &str = "Not passed on the clean reference, so that its failures prove nothing";
    const PROXIED: &str = "Passed on the clean reference, and not through a proxy that does nothing";
    // With checks of its own, the page has these names already.
    let kind = if run.conformance.is_some() { "clean" } else { "check" };
    let anchors = anchors(kind, proof.clean_failures.iter().map(|failure| failure.result.id.as_str()));
    let of = |proxied| {
        let all = proof.clean_failures.iter().zip(&anchors);
        all.filter(move |(failure, _)| failure.proxied == proxied).collect::<Vec<(&CleanFailure, _)>>()
    };
    let mut room = FINDINGS;
    html! {
        @if proof.clean_failures.is_empty() { (list(&format!("{DIRECT}:"), &proof.failed_on_clean)) }
        @for (title, found) in [(DIRECT, of(false)), (PROXIED, of(true))] {
            @if !found.is_empty() {
                h3 { (title) " (" (found.len()) ")" }
                @for (at, (failure, anchor)) in found.iter().enumerate() {
                    (check::finding(run, &failure.result, anchor, at == 0, &mut room))
                }
            }
        }
    }
}

/// A mutant that was not killed, with what its check said instead and heard.
fn unkilled(run: &RunReport, mutant: &MutantResult, anchor: &str) -> Markup {
    let heard =
        Heard { id: &mutant.check, path: mutant.transcript.as_deref(), reason: mutant.reason.as_ref() };
    html! {
        article.finding id=(anchor) {
            h4 { (outcome(mutant)) " " code { (mutant.mutant) } " " (self_link(anchor, &mutant.mutant)) }
            p.title { (mutant.description) }
            p { code { (mutant.check) } " must fail with " code { (mutant.expected_reason_code) }
                @match &mutant.reason_code {
                    Some(code) => { ", and gave " code { (code) } "." },
                    None => ", and passed in spite of it.",
                } }
            @if let Some(reason) = &mutant.reason { (check::both_sides(reason)) }
            (check::transcript(run, heard, false))
        }
    }
}

/// The declared reason; where another was given, both.
fn reason(mutant: &MutantResult) -> Markup {
    html! {
        code { (mutant.expected_reason_code) }
        @if !mutant.killed {
            br;
            span.bad { @match &mutant.reason_code {
                Some(code) => { "given: " code { (code) } }, None => "the check passed" } }
        }
    }
}

/// Other checks that noticed it, of those that were tried.
fn others(mutant: &MutantResult) -> Markup {
    let noticed = &mutant.also_killed_by;
    let (shown, more) = noticed.split_at(noticed.len().min(SHOWN));
    html! {
        @if mutant.also_tried == 0 && noticed.is_empty() { span.zero { "not tried" } }
        @else {
            span.muted { (count(noticed.len() as u64)) " of " (count(mutant.also_tried)) }
            @if !shown.is_empty() { ": " (shown.join(", ")) }
            @if !more.is_empty() { details { summary { "and " (more.len()) " more" } (more.join(", ")) } }
        }
    }
}

fn outcome_word(mutant: &MutantResult) -> &'static str {
    match (mutant.killed, &mutant.reason_code) {
        (true, _) => "killed",
        (false, Some(_)) => "wrong reason",
        (false, None) => "survived",
    }
}

fn outcome(mutant: &MutantResult) -> Markup {
    html! {
        @if mutant.killed { span.badge.pass { span aria-hidden="true" { "✓" } " killed" } }
        @else if mutant.reason_code.is_some() { span.badge.fail { span aria-hidden="true" { "✕" } " wrong reason" } }
        @else { span.badge.fail { span aria-hidden="true" { "✕" } " survived" } }
    }
}

fn list(title: &str, ids: &[String]) -> Markup {
    html! {
        @if !ids.is_empty() {
            p.bad { (title) }
            ul { @for id in ids { li { code { (id) } } } }
        }
    }
}
