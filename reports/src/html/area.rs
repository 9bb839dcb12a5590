//! Checks by area: one table of counts, and all checks with a filter.

use indexmap::IndexMap;
use maud::{Markup, html};

use super::anchor::anchors;
use super::check;
use crate::RunReport;
use crate::model::{CheckResult, CheckStatus, ConformanceCounts, ConformanceReport, Level};
use crate::wording;

/// Transcripts of checks that passed are embedded as long as they are no larger than this together.
const PASSED_TRANSCRIPTS: usize = 250 * 1024;

const STATUSES: [CheckStatus; 7] = [
    CheckStatus::Passed,
    CheckStatus::Failed,
    CheckStatus::NotRun,
    CheckStatus::Warning,
    CheckStatus::KnownFailing,
    CheckStatus::Quarantined,
    CheckStatus::NotApplicable,
];

struct Area<'a> {
    name: &'a str,
    anchor: String,
    counts: ConformanceCounts,
    duration_ms: f64,
    /// Results with their place in the report.
    results: Vec<(usize, &'a CheckResult)>,
}

fn areas(conformance: &ConformanceReport) -> Vec<Area<'_>> {
    let mut by_name: IndexMap<&str, Vec<(usize, &CheckResult)>> = IndexMap::new();
    for (at, result) in conformance.results.iter().enumerate() {
        by_name.entry(&result.area).or_default().push((at, result));
    }
    let anchors = anchors("area", by_name.keys().copied());
    by_name
        .into_iter()
        .zip(anchors)
        .map(|((name, results), anchor)| {
            let plain: Vec<CheckResult> = results.iter().map(|(_, result)| (*result).clone()).collect();
            let duration_ms = results.iter().map(|(_, result)| result.duration_ms).sum();
            Area { name, anchor, counts: ConformanceCounts::of(&plain), duration_ms, results }
        })
        .collect()
}

fn of(counts: &ConformanceCounts, status: CheckStatus) -> u64 {
    match status {
        CheckStatus::Passed => counts.passed,
        CheckStatus::Failed => counts.failed,
        CheckStatus::NotRun => counts.not_run,
        CheckStatus::Warning => counts.warning,
        CheckStatus::KnownFailing => counts.known_failing,
        CheckStatus::Quarantined => counts.quarantined,
        CheckStatus::NotApplicable => counts.not_applicable,
    }
}

/// Counts by area and outcome. Outcomes that never happened have no column.
pub(super) fn overview(conformance: &ConformanceReport) -> Markup {
    let areas = areas(conformance);
    let total = ConformanceCounts::of(&conformance.results);
    let columns: Vec<_> = STATUSES
        .into_iter()
        .filter(|status| {
            matches!(status, CheckStatus::Passed | CheckStatus::Failed) || of(&total, *status) > 0
        })
        .collect();
    html! {
        p { (message(&areas)) " The suite took " (wording::millis(conformance.duration_ms))
            "; timing was judged against a round trip of " (wording::millis(conformance.round_trip_ms)) "." }
        div.scroll tabindex="0" role="region" aria-label="Checks by area" {
            table.areas {
                thead { tr {
                    th scope="col" { "Area" }
                    @for status in &columns { th.num scope="col" { (wording::status_word(*status)) } }
                    th.num scope="col" { "all" }
                    th.num scope="col" { "time" }
                } }
                tbody {
                    @for area in &areas {
                        tr {
                            th scope="row" { a href=(format!("#{}", area.anchor)) { (area.name) } }
                            (cells(&area.counts, &columns))
                            td.num { (wording::millis(area.duration_ms)) }
                        }
                    }
                }
                tfoot { tr {
                    th scope="row" { "All areas" }
                    (cells(&total, &columns))
                    td.num { (wording::millis(areas.iter().map(|area| area.duration_ms).sum())) }
                } }
            }
        }
    }
}

fn cells(counts: &ConformanceCounts, columns: &[CheckStatus]) -> Markup {
    html! {
        @for status in columns {
            @let n = of(counts, *status);
            @if n == 0 { td.num.zero { "0" } }
            @else if matches!(status, CheckStatus::Failed | CheckStatus::NotRun) { td.num.bad { "✕ " (n) } }
            @else { td.num { (n) } }
        }
        td.num { (counts.total) }
    }
}

fn message(areas: &[Area<'_>]) -> String {
    let broken: Vec<_> = areas
        .iter()
        .filter(|area| area.counts.failed + area.counts.not_run > 0)
        .map(|area| area.name)
        .collect();
    match broken.as_slice() {
        [] => "Every area is whole.".to_owned(),
        [one] => format!("All violations are in one area: {one}."),
        many => format!("Violations are in {} of {} areas: {}.", many.len(), areas.len(), many.join(", ")),
    }
}

/// All checks, a table an area, with a filter by text and outcome.
pub(super) fn checks(run: &RunReport, conformance: &ConformanceReport, anchors: &[String]) -> Markup {
    let total = ConformanceCounts::of(&conformance.results);
    let mut budget = PASSED_TRANSCRIPTS;
    html! {
        div.filter id="filter" hidden {
            label { "Filter " input id="filter-text" type="search" placeholder="id, title or requirement" autocomplete="off"; }
            label { "Outcome " select id="filter-status" {
                option value="" { "all (" (total.total) ")" }
                @for status in STATUSES {
                    @let n = of(&total, status);
                    @if n > 0 { option value=(wording::status_word(status)) { (wording::status_word(status)) " (" (n) ")" } }
                }
            } }
            label { "Area " select id="filter-area" {
                option value="" { "all" }
                @for area in areas(conformance) { option value=(area.name) { (area.name) } }
            } }
            label { "Level " select id="filter-level" {
                option value="" { "all" }
                @for level in [Level::Must, Level::Should, Level::May] {
                    option value=(check::level(level)) { (check::level(level)) }
                }
            } }
            output id="filter-count" for="filter-text filter-status filter-area filter-level" {}
        }
        @for area in areas(conformance) {
            details.area id=(area.anchor) data-area=(area.name) {
                summary { strong { (area.name) } " "
                    span.muted { (area.counts.passed) " of " (area.counts.total) " passed" } }
                table.checks {
                    thead { tr { th scope="col" { "Outcome" } th scope="col" { "Check" } th.num scope="col" { "Time" } } }
                    tbody {
                        @for (at, result) in &area.results {
                            (row(run, result, &anchors[*at], &mut budget))
                        }
                    }
                }
            }
        }
    }
}

fn row(run: &RunReport, result: &CheckResult, anchor: &str, budget: &mut usize) -> Markup {
    // A check with a finding of its own is shown there in full.
    let elsewhere = !matches!(result.status, CheckStatus::Passed | CheckStatus::NotApplicable);
    let id = (!elsewhere).then_some(anchor);
    let transcript = if elsewhere {
        html! {}
    } else {
        check::transcript(run, check::Heard::of(result), false)
    };
    let fits = transcript.0.len() <= *budget;
    if fits {
        *budget -= transcript.0.len();
    }
    html! {
        tr id=[id] data-status=(wording::status_word(result.status)) data-level=(check::level(result.level)) {
            td { (check::badge(result.status)) }
            td {
                @if elsewhere {
                    a href=(format!("#{anchor}")) { code { (result.id) } } " "
                    span.title { (result.title) }
                    span.visuallyhidden { (result.requirements.join(" ")) }
                } @else {
                    details {
                        summary { code { (result.id) } " " span.title { (result.title) } }
                        (check::clause(result))
                        @if let Some(reason) = &result.reason { p { (reason.text) } }
                        (check::at_first(run, result))
                        @if fits { (transcript) }
                        @else if let Some(path) = &result.transcript { p.muted { "Transcript: " code { (path) } } }
                    }
                }
            }
            td.num { (wording::millis(result.duration_ms)) }
        }
    }
}
