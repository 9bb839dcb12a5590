//! One check: as a finding with clause, both sides and transcript, and as a row of a table.

use indexmap::IndexMap;
use maud::{Markup, html};

use super::anchor::{self, self_link};
use super::sequence;
use super::summary::with_code;
use super::told::{side, told};
use crate::RunReport;
use crate::model::{CheckResult, CheckStatus, ConformanceReport, FailureReason, Level};
use crate::run_report::for_machines;
use crate::wording;

/// A transcript longer than this is cut in the page; the file has all of it.
const LONGEST_TRANSCRIPT: usize = 48 * 1024;
/// So many checks with one reason are told as one.
const ALIKE: usize = 3;
/// Findings are shown in full until they are this long together; after that each is told in short.
pub(super) const FINDINGS: usize = 500 * 1024;

/// Anchors of all results, in their order.
pub(super) fn anchors_of(conformance: &ConformanceReport) -> Vec<String> {
    anchor::anchors("check", conformance.results.iter().map(|result| result.id.as_str()))
}

/// Everything that did not simply pass, the gravest first; `None` when there is nothing.
pub(super) fn findings(
    run: &RunReport,
    conformance: &ConformanceReport,
    anchors: &[String],
) -> Option<Markup> {
    const ORDER: [(CheckStatus, &str); 5] = [
        (CheckStatus::Failed, "Failed"),
        (CheckStatus::NotRun, "Could not be run"),
        (CheckStatus::Warning, "Warnings: a SHOULD that is not kept"),
        (CheckStatus::KnownFailing, "Failing as the baseline says"),
        (CheckStatus::Quarantined, "Quarantined"),
    ];
    let of = |status| {
        let all = conformance.results.iter().zip(anchors);
        all.filter(move |(result, _)| result.status == status).collect::<Vec<_>>()
    };
    let groups: Vec<_> = ORDER
        .iter()
        .map(|(status, title)| (title, of(*status)))
        .filter(|(_, found)| !found.is_empty())
        .collect();
    let mut room = FINDINGS;
    (!groups.is_empty() || !conformance.stale_baseline.is_empty()).then(|| {
        html! {
            @for (title, found) in groups {
                h3 { (title) " (" (found.len()) ")" }
                @for (at, group) in alike(found).into_iter().enumerate() { (told_once(run, &group, at == 0, &mut room)) }
            }
            @if !conformance.stale_baseline.is_empty() {
                h3 { "Stale in the baseline (" (conformance.stale_baseline.len()) ")" }
                ul { @for id in &conformance.stale_baseline {
                    li { code { (id) } " " (wording::stale(conformance, id)) }
                } }
            }
        }
    })
}

/// A result with its anchor.
type Placed<'a> = (&'a CheckResult, &'a String);

/// Checks that say the very same have one cause as a rule, and are told as one. In the order of their first.
fn alike(found: Vec<Placed<'_>>) -> Vec<Vec<Placed<'_>>> {
    let mut groups: IndexMap<(&str, &str, usize), Vec<Placed<'_>>> = IndexMap::new();
    for (at, (result, anchor)) in found.into_iter().enumerate() {
        // One without a reason is alike to none.
        let key = result.reason.as_ref().map_or(("", "", at), |reason| (&reason.code, &reason.text, 0));
        groups.entry(key).or_default().push((result, anchor));
    }
    groups.into_values().collect()
}

/// The findings of checks that say the very same.
fn told_once(run: &RunReport, group: &[Placed<'_>], first: bool, room: &mut usize) -> Markup {
    let many = group.len() >= ALIKE;
    let reason = group.first().and_then(|(result, _)| Some((result.status, &result.reason.as_ref()?.text)));
    if let (true, Some((CheckStatus::NotRun, reason))) = (many, reason) {
        return together(reason, group);
    }
    let (shown, others) = group.split_at(if many { 1 } else { group.len() });
    html! {
        @for (at, (result, anchor)) in shown.iter().enumerate() {
            (finding(run, result, anchor, first && at == 0 && result.status == CheckStatus::Failed, room))
        }
        @if !others.is_empty() {
            details.alike {
                summary { (others.len()) " more checks found the very same" }
                ul { @for (result, anchor) in others { li id=(anchor) { code { (result.id) } " " span.title { (result.title) } } } }
                @if others.iter().any(|(result, _)| result.transcript.is_some()) {
                    p.muted { "The transcript of each: " code { "transcripts/ID.txt" } }
                }
            }
        }
    }
}

fn together(reason: &str, of: &[Placed<'_>]) -> Markup {
    html! {
        article.finding {
            h4 { (badge(CheckStatus::NotRun)) " " (of.len()) " checks, for one reason" }
            p.said { (reason) }
            details {
                summary { "Which ones" }
                ul { @for (result, anchor) in of { li id=(anchor) { code { (result.id) } " " span.title { (result.title) } } } }
            }
        }
    }
}

/// One finding in full as long as there is `room` for it, then in short.
pub(super) fn finding(
    run: &RunReport,
    result: &CheckResult,
    anchor: &str,
    open: bool,
    room: &mut usize,
) -> Markup {
    let full = in_full(run, result, anchor, open);
    let length = full.0.len();
    if length <= *room {
        *room -= length;
        return full;
    }
    html! {
        article.finding.short id=(anchor) {
            h4 { (badge(result.status)) " " code { (result.id) } " " span.title { (result.title) } }
            @if let Some(reason) = &result.reason { p.said { (first_words(&reason.text)) " " span.muted { "(" code { (reason.code) } ")" } } }
        }
    }
}

/// As much of `text` as a line holds.
fn first_words(text: &str) -> String {
    const LENGTH: usize = 200;
    let short: String = text.chars().take(LENGTH).collect();
    if short.len() < text.len() { short + "…" } else { short }
}

fn in_full(run: &RunReport, result: &CheckResult, anchor: &str, open: bool) -> Markup {
    html! {
        article.finding id=(anchor) {
            h4 { (badge(result.status)) " " code { (result.id) } " " (self_link(anchor, &result.id)) }
            p.title { (result.title) }
            (clause(result))
            @if let Some(reason) = &result.reason {
                (both_sides(reason))
            }
            @if result.runs.is_some_and(|runs| runs.is_flaky()) && !repeated(run) {
                p.muted { "It passed when it was run again alone. Neither of the two runs undoes the other, so it counts as flaky." }
            } @else if let Some(runs) = &result.runs {
                p.muted { "In " (runs.runs) " runs: " (runs.passed) " passed, " (runs.failed) " failed, " (runs.not_run) " not run." }
            }
            (at_first(run, result))
            (transcript(run, Heard::of(result), open))
            p.again { "Again, alone: " code { (again(run, &result.id)) } ". All about it: " code { "tidegate explain " (result.id) } "." }
        }
    }
}

/// True when the suite was run several times.
fn repeated(run: &RunReport) -> bool {
    run.conformance.as_ref().is_some_and(|conformance| conformance.repetition.is_some())
}

/// What a check said: the code with its meaning, and both sides.
pub(super) fn both_sides(reason: &FailureReason) -> Markup {
    html! {
        p.said { @if !is_both_sides(reason) { (told(&reason.text).words) " " } (why(&reason.code)) }
        dl.sides {
            div { dt { "Expected" } dd { (side(&reason.expected)) } }
            div { dt { "Actual" } dd.actual { (side(&reason.actual)) } }
        }
    }
}

/// The code of a reason, and what it means.
fn why(code: &str) -> Markup {
    html! {
        span.muted { "Reason " code { (code) } @if let Some(meaning) = wording::reason_meaning(code) { ": " (meaning) } }
    }
}

/// The command that runs `id` again.
fn again(run: &RunReport, id: &str) -> String {
    match (is_of_client(run), run.proof.is_some()) {
        (true, false) => format!("tidegate check-client -s {id} -- …"),
        (true, true) => format!("tidegate check-client --prove -s {id}"),
        (false, false) => format!("tidegate check … -s {id}"),
        (false, true) => format!("tidegate check --prove -s {id}"),
    }
}

/// True when a client was checked, and the suite played the server.
fn is_of_client(run: &RunReport) -> bool {
    run.verdict.command == "check-client"
}

/// A transcript and what the check made of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heard<'a> {
    /// Whose it is.
    pub(super) id: &'a str,
    /// Path of the transcript.
    pub(super) path: Option<&'a str>,
    /// How the check ended.
    pub(super) reason: Option<&'a FailureReason>,
}

impl<'a> Heard<'a> {
    /// That of a check.
    pub(super) fn of(result: &'a CheckResult) -> Self {
        Self { id: &result.id, path: result.transcript.as_deref(), reason: result.reason.as_ref() }
    }
}

/// True when the reason's text says no more than both sides do.
fn is_both_sides(reason: &FailureReason) -> bool {
    reason.text == format!("expected {}, got {}", reason.expected, reason.actual)
}

/// What a first run beside other checks found, and what went over the wire in it.
pub(super) fn at_first(run: &RunReport, result: &CheckResult) -> Markup {
    let heard = Heard {
        id: &result.id,
        path: result.at_first_transcript.as_deref(),
        reason: result.at_first.as_ref(),
    };
    html! {
        @if let Some(first) = &result.at_first {
            @if result.reason.as_ref() == Some(first) {
                p.muted { "It said the same at first, beside other checks; then it was run again alone." }
            } @else if result.reason.as_ref().is_some_and(|reason| reason.code == first.code) {
                p.muted { "It failed in the same way at first, beside other checks; then it was run again alone, and that is what counts." }
            } @else {
                p.muted { "At first, beside other checks: " (told(&first.text).words) " " (why(&first.code)) ". Then it was run again alone, and that is what counts." }
            }
            @if heard.path.is_some() {
                p.muted { "That first run:" }
                (transcript(run, heard, false))
            }
        }
    }
}

/// The clause with its level and where it comes from.
pub(super) fn clause(result: &CheckResult) -> Markup {
    html! {
        blockquote.clause {
            p {
                span.level { (level(result.level)) } " "
                @if result.clause.is_empty() { "The clause is not recorded." } @else { (with_code(&result.clause)) }
            }
            @if !result.requirements.is_empty() { footer { "Requirement " (result.requirements.join(", ")) } }
        }
    }
}

pub(super) fn level(level: Level) -> &'static str {
    match level {
        Level::Must => "MUST",
        Level::Should => "SHOULD",
        Level::May => "MAY",
    }
}

/// The outcome as a sign and a word.
pub(super) fn badge(status: CheckStatus) -> Markup {
    let (class, sign) = match status {
        CheckStatus::Passed => ("pass", "✓"),
        CheckStatus::Failed => ("fail", "✕"),
        CheckStatus::NotRun => ("fail", "∅"),
        CheckStatus::Warning => ("odd", "!"),
        CheckStatus::KnownFailing => ("odd", "≈"),
        CheckStatus::Quarantined => ("odd", "‖"),
        CheckStatus::NotApplicable => ("none", "–"),
    };
    html! {
        span class=(format!("badge {class}")) {
            span aria-hidden="true" { (sign) } " " (wording::status_word(status))
        }
    }
}

/// The transcript, folded, or where it is.
pub(super) fn transcript(run: &RunReport, heard: Heard<'_>, open: bool) -> Markup {
    let Some(path) = heard.path else {
        return html! {};
    };
    let Some(text) = run.transcripts.get(path) else {
        return html! { p.muted { "Transcript: " code { (path) } " (not found beside this page's data)" } };
    };
    let lines = run.transcripts.get(&for_machines(path));
    let other = if is_of_client(run) { "client" } else { "target" };
    if let Some(diagram) = lines.and_then(|lines| sequence::diagram(heard, lines, other)) {
        return html! {
            details.transcript open[open] {
                summary { "What went over the wire" span.visuallyhidden { " in " (heard.id) } }
                (diagram)
                p.muted { "All of it, as text: " code { (path) } }
            }
        };
    }
    let shown = cut(text);
    html! {
        details.transcript open[open] {
            summary { "Transcript" span.visuallyhidden { " of " (heard.id) } }
            pre tabindex="0" role="region" aria-label=(format!("Transcript of {}", heard.id)) { (shown) }
            @if shown.len() < text.len() {
                p.muted { "Cut here; all of it is in " code { (path) } "." }
            }
        }
    }
}

/// The beginning of `text`, whole lines where there are any.
fn cut(text: &str) -> &str {
    if text.len() <= LONGEST_TRANSCRIPT {
        return text;
    }
    let end = (0..=LONGEST_TRANSCRIPT).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let part = &text[..end];
    part.rfind('\n').map_or(part, |line| &part[..=line])
}
