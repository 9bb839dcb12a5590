//! The proof of the checks: every mutant with the check that noticed it.

use maud::{Markup, html};

use super::anchor::anchors;
use crate::model::{MutantResult, ProofReport};
use crate::wording::{count, millis};

/// The matrix of mutants and checks, survivors first.
pub(super) fn section(proof: &ProofReport) -> Markup {
    let killed = proof.mutants.iter().filter(|mutant| mutant.killed).count();
    let anchors = anchors("mutant", proof.mutants.iter().map(|mutant| mutant.mutant.as_str()));
    let mut rows: Vec<_> = proof.mutants.iter().zip(&anchors).collect();
    rows.sort_by_key(|(mutant, _)| mutant.killed);
    html! {
        p { (count(killed as u64)) " of " (count(proof.mutants.len() as u64))
            " deliberate violations were noticed by their check for the declared reason, in "
            (millis(proof.duration_ms)) "." }
        (list("Fails on the clean reference, so that its failures prove nothing:", &proof.failed_on_clean))
        (list("Without a mutant, so that nothing proves they can fail:", &proof.checks_without_mutant))
        div.scroll tabindex="0" role="region" aria-label="Mutants" {
            table {
                thead { tr { th scope="col" { "Outcome" } th scope="col" { "Mutant" } th scope="col" { "Check" }
                    th scope="col" { "Reason" } th scope="col" { "Noticed by others too" }
                    th.num scope="col" { "Time" } } }
                tbody { @for (mutant, anchor) in rows {
                    tr id=(anchor) {
                        td { (outcome(mutant)) }
                        th scope="row" { code { (mutant.mutant) } br; span.muted { (mutant.description) } }
                        td { code { (mutant.check) } }
                        td { (reason(mutant)) }
                        td { (mutant.also_killed_by.join(", ")) }
                        td.num { (millis(mutant.duration_ms)) }
                    }
                } }
            }
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
