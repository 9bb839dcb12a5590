//! Whether times can be believed: the instrument's own stalls, checks that passed alone, several runs.

use maud::{Markup, html};

use super::anchor::anchor;
use crate::model::{CheckResult, ConformanceReport, InstrumentFigures, InstrumentVerdict, Repetition};
use crate::wording::{count, millis, percent, status_word};

/// Rows of a table; the data have all of them.
const MOST_ROWS: usize = 200;

/// The section, when there is anything to say.
pub(super) fn section(conformance: &ConformanceReport) -> Option<Markup> {
    let late: Vec<&CheckResult> =
        conformance.results.iter().filter(|result| result.at_first.is_some()).collect();
    if conformance.instrument.is_none() && conformance.repetition.is_none() && late.is_empty() {
        return None;
    }
    Some(html! {
        @if let Some(repetition) = &conformance.repetition { (runs(conformance, repetition)) }
        @if let Some(instrument) = &conformance.instrument { (steadiness(conformance, instrument)) }
        @if !late.is_empty() && conformance.repetition.is_none() {
            h3 { "Run again alone (" (late.len()) ")" }
            p { "These found the target late, could not be carried out, or met a stall of the instrument while other checks ran; what they found alone counts." }
            ul { @for result in late.iter().take(MOST_ROWS) {
                li { a href=(format!("#{}", anchor("check", &result.id))) { code { (result.id) } } ": "
                    @if let Some(first) = &result.at_first { code { (first.code) } ", " (first.text) "; then " (status_word(result.status)) } }
            } }
        }
    })
}

fn steadiness(conformance: &ConformanceReport, instrument: &InstrumentFigures) -> Markup {
    let share =
        if instrument.watched_ms > 0.0 { instrument.total_stall_ms / instrument.watched_ms } else { 0.0 };
    html! {
        @match instrument.verdict {
            InstrumentVerdict::Ok => p { span.badge.pass { span aria-hidden="true" { "✓" } " steady" }
                " The instrument kept its own time. What it saw at the end of a stall counts as arrived at its beginning, so that what is late is the target's." },
            InstrumentVerdict::Stalled => p { span.badge.odd { span aria-hidden="true" { "!" } " stalled" }
                " The instrument itself stood still for long: this machine is too busy to judge time well. \
                 That was allowed for, yet run again on a quieter machine before you act on anything late." },
        }
        dl.facts {
            div { dt { "Longest stall" } dd { (millis(instrument.longest_stall_ms)) }
                dd.muted { (count(instrument.stalls)) " of 10 ms and more" } }
            div { dt { "All stalls" } dd { (millis(instrument.total_stall_ms)) }
                dd.muted { (percent(share)) " of the time" } }
            div { dt { "Round trip" } dd { (millis(conformance.round_trip_ms)) }
                dd.muted { "median"
                    @if let Some(worst) = conformance.round_trip_worst_ms { ", longest " (millis(worst)) } } }
        }
    }
}

fn runs(conformance: &ConformanceReport, repetition: &Repetition) -> Markup {
    let uneven = |result: &&CheckResult| {
        result.runs.is_some_and(|runs| runs.passed < runs.runs || runs.late_at_first > 0)
    };
    let rows: Vec<&CheckResult> = conformance.results.iter().filter(uneven).collect();
    let even = conformance.results.len() - rows.len();
    html! {
        p { @if repetition.flaky.is_empty() {
                span.badge.pass { span aria-hidden="true" { "✓" } " not flaky" } " No check passed in some runs and failed in others: "
            } @else {
                span.badge.fail { span aria-hidden="true" { "✕" } " flaky" } " " (count(repetition.flaky.len() as u64))
                " checks passed in some runs and failed in others: "
            }
            (count(repetition.runs)) " of " (count(repetition.asked)) " runs, "
            (count(repetition.checks_run)) " checks run in all, " (count(repetition.late_at_first)) " of them passed alone: only when they were run again without others." }
        @if !rows.is_empty() {
            div.scroll tabindex="0" role="region" aria-label="Checks that did not pass each time at once" {
                table {
                    thead { tr { th scope="col" { "Check" } th.num scope="col" { "runs" } th.num scope="col" { "passed" }
                        th.num scope="col" { "passed alone" } th.num scope="col" { "failed" }
                        th.num scope="col" { "not run" } th.num scope="col" { "first bad run" } } }
                    tbody { @for result in rows.iter().take(MOST_ROWS) {
                        @let runs = result.runs.unwrap_or_default();
                        tr { th scope="row" { code { (result.id) } }
                            td.num { (count(runs.runs)) } td.num { (count(runs.passed)) }
                            td.num { (count(runs.late_at_first)) }
                            @if runs.failed > 0 { td.num.bad { "✕ " (count(runs.failed)) } } @else { td.num.zero { "0" } }
                            td.num { (count(runs.not_run)) }
                            td.num { @if let Some(run) = runs.first_bad_run { (count(run)) } @else { "–" } } }
                    } }
                }
            }
            @if rows.len() > MOST_ROWS { p.muted { "… and " (rows.len() - MOST_ROWS) " more in conformance.json" } }
        }
        p.muted { (count(even as u64)) " checks passed at once in every run. Run n used the seed plus n − 1." }
    }
}
