//! The first screen: the verdict, why, and what to do.

use maud::{Markup, html};

use super::anchor::anchor;
use super::told::told;
use crate::RunReport;
use crate::model::{ReasonKind, Verdict};
use crate::wording::{self, Finding};

/// Reasons shown at once; the rest folds away.
const FIRST_REASONS: usize = 6;

/// The bar above everything: what ran, when, against what.
pub(super) fn bar(run: &RunReport) -> Markup {
    let started = run.verdict.header.started_at;
    html! {
        header.bar {
            p.what {
                strong { "tidegate " (run.verdict.command) }
                @if let Some(target) = target(run) { span { (target) } }
                time datetime=(started.strftime("%Y-%m-%dT%H:%M:%SZ")) {
                    (started.strftime("%-d %B %Y, %H:%M:%S UTC"))
                }
            }
            button id="theme" type="button" hidden { "Dark" }
        }
    }
}

fn target(run: &RunReport) -> Option<&str> {
    let checked = run.conformance.as_ref().map(|conformance| conformance.target.as_str());
    let loaded = run.load.as_ref().map(|load| load.target.as_str());
    checked.or(loaded).or(run.capacity.as_ref().map(|capacity| capacity.target.as_str()))
}

/// The verdict with its three numbers and its reasons.
pub(super) fn verdict(run: &RunReport) -> Markup {
    let (class, sign) = match run.verdict.verdict {
        Verdict::Pass => ("pass", "✓"),
        Verdict::Fail => ("fail", "✕"),
        Verdict::Invalid => ("invalid", "!"),
    };
    let findings = wording::findings(run);
    let told = wording::told_once(&findings);
    let (first, rest) = told.split_at(told.len().min(FIRST_REASONS));
    html! {
        section.verdict.(class) id="verdict" aria-labelledby="verdict-title" {
            h1 id="verdict-title" {
                span.sign aria-hidden="true" { (sign) }
                span.word { (wording::verdict_word(run.verdict.verdict)) }
                span.sentence { (wording::headline(run)) }
            }
            ul.keys {
                @for number in wording::key_numbers(run) {
                    li.missed[!number.ok] {
                        span.value { (number.value) }
                        span.label { (number.label) }
                        span.note { @if !number.ok { span.flag { "✕ " } } (number.note) }
                    }
                }
            }
            @if !findings.is_empty() {
                h3 { "Why" @if findings.len() > 1 { ", the gravest first" } }
                ol.reasons { @for (finding, alike) in first { (reason(finding, *alike)) } }
                @if !rest.is_empty() {
                    details {
                        summary { "… and " (wording::count(rest.len() as u64)) " more" }
                        ol.reasons start=(first.len() + 1) { @for (finding, alike) in rest { (reason(finding, *alike)) } }
                    }
                }
            }
            p.next { strong { "What to do. " } (with_code(&wording::next_step(run))) " " span.code { "Exit code " (run.verdict.exit_code) "." } }
        }
    }
}

/// The first screen names the cause; the whole text stands with the finding.
fn in_short(text: &str) -> String {
    const LENGTH: usize = 240;
    let text = told(text).words;
    let mut short: String = text.chars().take(LENGTH).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

fn reason(finding: &Finding<'_>, alike: usize) -> Markup {
    let reason = finding.reason;
    let place = match reason.kind {
        ReasonKind::Check
        | ReasonKind::NotRun
        | ReasonKind::Flaky
        | ReasonKind::NewlyFailing
        | ReasonKind::Dropped => Some(anchor("check", &reason.id)),
        ReasonKind::Threshold => Some("thresholds".to_owned()),
        ReasonKind::Worse => Some("changes".to_owned()),
        ReasonKind::Capacity => Some("capacity".to_owned()),
        ReasonKind::Mutant => Some("proof".to_owned()),
        ReasonKind::Generator => Some("instrument".to_owned()),
        ReasonKind::StaleBaseline => Some("checks".to_owned()),
        ReasonKind::Target | ReasonKind::Harness | ReasonKind::Interrupted | ReasonKind::Inconclusive => None,
    };
    html! {
        li {
            span.verb { (finding.verb) } " "
            @match place {
                Some(place) => { a.id href=(format!("#{place}")) { (reason.id) } }
                None => { span.id { (reason.id) } }
            }
            " " span.text { (with_code(&in_short(&reason.text))) }
            @if alike > 0 { " " span.muted { "(" (wording::others_say(alike)) ")" } }
        }
    }
}

/// `text` with what stands between backticks as code. Everything is escaped on the way.
pub(super) fn with_code(text: &str) -> Markup {
    // An odd backtick is a character of the text, not a mark.
    if text.matches('`').count() % 2 == 1 {
        return html! { (text) };
    }
    html! {
        @for (at, part) in text.split('`').enumerate() {
            @if at % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn random_text_never_panics(text in any::<String>()) {
            let _ = in_short(&text);
        }
    }
}
