//! A load run: thresholds, what was driven, errors, what both sides used.

use maud::{Markup, html};

use super::charts;
use crate::model::{ErrorExample, LoadModel, LoadReport};
use crate::wording::{clock, count, micros, percent, seconds};

/// Every threshold with its figure.
pub(super) fn thresholds(load: &LoadReport) -> Markup {
    let missed = load.thresholds.iter().filter(|threshold| !threshold.ok).count();
    html! {
        p { @match (load.thresholds.len(), missed) {
            (0, _) => { "The scenario sets no threshold, so no figure decides over pass or fail." }
            (all, 0) => { "All " (all) " are kept." }
            (all, _) => { (missed) " of " (all) (if missed == 1 { " is" } else { " are" }) " missed." }
        } }
        @if !load.thresholds.is_empty() {
            div.scroll tabindex="0" role="region" aria-label="Thresholds" {
                table {
                    thead { tr { th scope="col" { "Threshold" } th scope="col" { "Outcome" }
                        th.num scope="col" { "Measured" } th.num scope="col" { "Limit" } } }
                    tbody {
                        // Missed ones first: they are what the reader came for.
                        @for ok in [false, true] { @for threshold in load.thresholds.iter().filter(|t| t.ok == ok) {
                            tr {
                                th scope="row" { code { (threshold.name) } }
                                td { @if ok { span.badge.pass { span aria-hidden="true" { "✓" } " kept" } }
                                     @else { span.badge.fail { span aria-hidden="true" { "✕" } " missed" } } }
                                td.num.bad[!ok] { (threshold.actual) }
                                td.num { (threshold.limit) }
                            }
                        } }
                    }
                }
            }
        }
    }
}

/// What was driven, and the curves over time.
pub(super) fn over_time(load: &LoadReport) -> Markup {
    let model = match load.model {
        LoadModel::Closed => "closed model: each session asks again after its answer and its think time",
        LoadModel::Open => "open model: arrivals on a fixed schedule, whatever the server does",
    };
    let (sessions, messages) = (&load.sessions, &load.messages);
    html! {
        p { "Scenario " code { (load.scenario) } ", " (model) "; " (seconds(load.duration_s)) " of steady phase"
            @if load.interrupted { ", " strong { "cut short" } } "." }
        dl.facts {
            div { dt { "Sessions" } dd { (count(sessions.peak)) " at the peak" }
                dd.muted { (count(sessions.established)) " of " (count(sessions.requested)) " established"
                    @if let Some(us) = sessions.connected_us { ", the last one after " (micros(us)) } } }
            div { dt { "Messages" } dd { (count(messages.received)) " received" }
                dd.muted { (count(messages.sent)) " sent, " (count(messages.replayed)) " replayed by resume" } }
            div { dt { "Events" } dd { (count(messages.lost)) " lost" }
                dd.muted { (count(messages.duplicated)) " duplicated, " (count(messages.out_of_order)) " out of order" } }
            @if let Some(arrivals) = &load.arrivals {
                div { dt { "Arrivals" } dd { (count(arrivals.dropped)) " dropped" }
                    dd.muted { "of " (count(arrivals.offered)) " that came due" } }
            }
            div { dt { "Answers" } dd { (count(messages.wrong_answers)) " wrong" }
                dd.muted { (count(messages.verified_answers)) " compared with expected rows" } }
        }
        (charts::over_time(load))
    }
}

/// Errors by code with their first example.
pub(super) fn errors(load: &LoadReport) -> Markup {
    let operations = load.operations.iter().filter(|operation| !operation.errors.is_empty());
    let total: u64 = load.operations.iter().flat_map(|operation| operation.errors.values()).sum();
    let all: u64 = load.operations.iter().map(|operation| operation.count).sum();
    html! {
        @if total == 0 && load.errors.is_empty() { p { "None, in " (count(all)) " operations." } }
        @else {
            p { (count(total)) " of " (count(all)) " operations failed ("
                (percent(total as f64 / all.max(1) as f64)) ")." }
            div.scroll tabindex="0" role="region" aria-label="Errors by operation and code" {
                table {
                    thead { tr { th scope="col" { "Operation" } th scope="col" { "Code" } th.num scope="col" { "Times" }
                        th.num scope="col" { "Of the operation's" } } }
                    tbody { @for operation in operations { @for (code, n) in &operation.errors { tr {
                        th scope="row" { code { (operation.name) } } td { code { (code) } }
                        td.num.bad { (count(*n)) }
                        td.num { (percent(*n as f64 / operation.count.max(1) as f64)) }
                    } } } }
                }
            }
            @if !load.errors.is_empty() {
                h3 { "The first of each code" }
                p.muted { "Counted over the whole run, warm-up included; codes that belong to no operation, such as the \
                    close code of a connection that was lost between two, stand only here." }
            }
            @for error in &load.errors { (example(error)) }
        }
    }
}

fn times(n: u64) -> String {
    if n == 1 { "once".to_owned() } else { format!("{} times", count(n)) }
}

fn example(error: &ErrorExample) -> Markup {
    html! {
        article.finding {
            h4 { code { (error.code) } " "
                span.muted { (times(error.count))
                    @if let Some(at) = error.first_s { ", first at " (clock(at)) } } }
            pre tabindex="0" role="region" aria-label=(format!("First example of {}", error.code)) { (error.example) }
            @if !error.transcript.is_empty() {
                details {
                    summary { "The last messages of that session before it" }
                    pre tabindex="0" role="region" aria-label=(format!("Last messages before the first {}", error.code)) {
                        @for line in &error.transcript { (line) "\n" }
                    }
                }
            }
        }
    }
}

/// Less than a connection can take: then other memory was given back at the same time.
const LEAST_KIB: f64 = 0.05;

fn per_connection(load: &LoadReport) -> String {
    match load.server.rss_kib_per_connection {
        None => "unknown".to_owned(),
        Some(kib) if kib < LEAST_KIB => "no growth seen".to_owned(),
        Some(kib) => crate::wording::kib(kib),
    }
}

/// Processor, memory and sockets of both sides.
pub(super) fn resources(load: &LoadReport) -> Markup {
    let (server, database) = (&load.server, &load.database);
    let kib = |value: Option<f64>| value.map_or_else(|| "unknown".to_owned(), crate::wording::kib);
    html! {
        dl.facts {
            div { dt { "Server memory" } dd { (kib(server.rss_kib.map(|kib| kib as f64))) } dd.muted { "at its largest" } }
            div { dt { "Server memory per connection" } dd { (per_connection(load)) } dd.muted { "at the end of the ramp; at most " (kib(server.rss_kib_per_session)) " per session, history included" } }
            div { dt { "Server processor time" }
                dd { (server.cpu_s.map_or_else(|| "unknown".to_owned(), seconds)) } dd.muted { "in the whole run" } }
            div { dt { "Database" } dd { (database.kind) }
                dd.muted { (database.version.as_deref().unwrap_or("version unknown"))
                    @if let Some(container) = &database.container { ", " (container) } } }
        }
        (charts::resources(load))
    }
}
