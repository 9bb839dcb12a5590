//! Two runs beside each other: what changed, the gravest first.

use maud::{Markup, html};

use super::anchor::anchors;
use super::{check, load_comparison};
use crate::model::{Change, ChangeKind, ComparedRun, ComparisonReport, Side};
use crate::wording::{capital, change_word, count};

const KINDS: [ChangeKind; 7] = [
    ChangeKind::NewlyFailing,
    ChangeKind::Dropped,
    ChangeKind::NewlyPassing,
    ChangeKind::ChangedReason,
    ChangeKind::Changed,
    ChangeKind::Gone,
    ChangeKind::New,
];

/// The runs, and a table a kind of change.
pub(super) fn section(comparison: &ComparisonReport) -> Markup {
    if let Some(load) = &comparison.load {
        return load_comparison::section(comparison, load);
    }
    let anchors = anchors("check", comparison.changes.iter().map(|change| change.id.as_str()));
    let changes: Vec<(&Change, &String)> = comparison.changes.iter().zip(&anchors).collect();
    html! {
        @if comparison.before.target != comparison.after.target {
            p { span.badge.odd { span aria-hidden="true" { "!" } " other target" } " The runs are of different targets." }
        }
        @if comparison.before.profile != comparison.after.profile {
            p { span.badge.odd { span aria-hidden="true" { "!" } " other requirements" }
                " The runs were held to different versions of the requirements." }
        }
        dl.facts { (run("Before", &comparison.before)) (run("After", &comparison.after)) }
        @for kind in KINDS {
            @let of: Vec<_> = changes.iter().filter(|(change, _)| change.kind == kind).collect();
            @if !of.is_empty() {
                h3 { (capital(change_word(kind))) " (" (of.len()) ")" }
                div.scroll tabindex="0" role="region" aria-label=(change_word(kind)) {
                    table {
                        thead { tr { th scope="col" { "Check" } th scope="col" { "Before" } th scope="col" { "After" } } }
                        tbody { @for (change, anchor) in of {
                            tr id=(anchor) {
                                th scope="row" { code { (change.id) } br; span.muted { (change.title) } }
                                td { (side(change.before.as_ref())) }
                                td { (side(change.after.as_ref())) }
                            }
                        } }
                    }
                }
            }
        }
        p.muted { (count(comparison.unchanged)) " checks came out the same." }
    }
}

fn run(name: &str, run: &ComparedRun) -> Markup {
    html! {
        div { dt { (name) ": " (run.target) } dd { (run.counts.passed) " of " (run.counts.total) }
            dd.muted { (run.started_at.strftime("%Y-%m-%d %H:%M UTC")) ", tidegate " (run.tool_version)
                @if let Some(profile) = &run.profile { ", requirements " (profile) } }
            dd.muted { code { (run.folder) } } }
    }
}

fn side(side: Option<&Side>) -> Markup {
    html! {
        @match side {
            None => span.muted { "not there" },
            Some(side) => {
                (check::badge(side.status))
                @if let Some(reason) = &side.reason { br; code { (reason.code) } " " (reason.text) }
            }
        }
    }
}
