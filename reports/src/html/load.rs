//! A load run: thresholds, curves, operations, progress, errors.

use maud::{Markup, html};

use super::charts;
use crate::model::{LoadModel, LoadReport, Quantiles};
use crate::wording::{count, micros, percent, plain, seconds};

/// Columns of every table of percentiles.
const PERCENTILES: [&str; 7] = ["p50", "p90", "p95", "p99", "p99.9", "max", "mean"];

fn percentiles(quantiles: &Quantiles) -> Markup {
    html! {
        @if quantiles.count == 0 && quantiles.max == 0 {
            @for _ in PERCENTILES { td.num.zero { "–" } }
        } @else {
            @for us in [quantiles.p50, quantiles.p90, quantiles.p95, quantiles.p99, quantiles.p999, quantiles.max] {
                td.num { (micros(us)) }
            }
            td.num { (micros(quantiles.mean.max(0.0) as u64)) }
        }
    }
}

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
                    thead { tr { th scope="col" { "Threshold" } th.num scope="col" { "Limit" }
                        th.num scope="col" { "Measured" } th scope="col" { "Outcome" } } }
                    tbody {
                        // Missed ones first: they are what the reader came for.
                        @for ok in [false, true] { @for threshold in load.thresholds.iter().filter(|t| t.ok == ok) {
                            tr {
                                th scope="row" { code { (threshold.name) } }
                                td.num { (threshold.limit) }
                                td.num.bad[!ok] { (threshold.actual) }
                                td { @if ok { span.badge.pass { span aria-hidden="true" { "✓" } " kept" } }
                                     @else { span.badge.fail { span aria-hidden="true" { "✕" } " missed" } } }
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
                dd.muted { (count(sessions.established)) " of " (count(sessions.requested)) " established" } }
            div { dt { "Messages" } dd { (count(messages.received)) " received" }
                dd.muted { (count(messages.sent)) " sent, " (count(messages.replayed)) " replayed by resume" } }
            div { dt { "Events" } dd { (count(messages.lost)) " lost" }
                dd.muted { (count(messages.duplicated)) " duplicated, " (count(messages.out_of_order)) " out of order" } }
            div { dt { "Answers" } dd { (count(messages.wrong_answers)) " wrong" }
                dd.muted { (count(messages.verified_answers)) " compared with expected rows" } }
        }
        (charts::over_time(load))
    }
}

/// Percentiles and curves by operation.
pub(super) fn operations(load: &LoadReport) -> Markup {
    html! {
        p { strong { "Service" } " time counts from the moment a request was really sent, "
            strong { "intended" } " time from the moment it was due: where they part, a slow server held back the \
             requests that would have shown how slow it was." }
        div.scroll tabindex="0" role="region" aria-label="Percentiles by operation" {
            table {
                thead { tr { th scope="col" { "Operation" } th scope="col" { "Time" } th.num scope="col" { "Count" }
                    th.num scope="col" { "Errors" } @for name in PERCENTILES { th.num scope="col" { (name) } } } }
                @for operation in &load.operations {
                    @let errors: u64 = operation.errors.values().sum();
                    tbody.pair {
                        tr {
                            th scope="rowgroup" rowspan="2" { code { (operation.name) } }
                            td { "service" }
                            td.num rowspan="2" { (count(operation.count)) }
                            td.num.bad[errors > 0] rowspan="2" { (count(errors)) }
                            (percentiles(&operation.service_us))
                        }
                        tr { td { "intended" } (percentiles(&operation.intended_us)) }
                    }
                }
            }
        }
        (charts::curves(load))
    }
}

/// What someone who waits for an answer sees.
pub(super) fn progress(load: &LoadReport) -> Markup {
    let progress = &load.progress;
    let rows = [
        ("Time to the first progress", &progress.time_to_first_us),
        ("Longest silence in a query", &progress.longest_gap_us),
        ("Time to the result", &progress.time_to_result_us),
    ];
    html! {
        p { "Half of the queries show progress within " (micros(progress.time_to_first_us.p50)) ", 99 % within "
            (micros(progress.time_to_first_us.p99)) "; half are answered within "
            (micros(progress.time_to_result_us.p50)) "." }
        div.scroll tabindex="0" role="region" aria-label="Progress" {
            table {
                thead { tr { th scope="col" { "Figure" } th.num scope="col" { "Queries" }
                    @for name in PERCENTILES { th.num scope="col" { (name) } } } }
                tbody { @for (name, quantiles) in rows {
                    tr { th scope="row" { (name) } td.num { (count(quantiles.count)) } (percentiles(quantiles)) }
                } }
            }
        }
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
            ul.errors { @for operation in operations { @for (code, n) in &operation.errors {
                li { code { (operation.name) } " " code { (code) } " " (plain(*n as f64)) " times" }
            } } }
            @for error in &load.errors {
                article.finding {
                    h4 { code { (error.code) } " " span.muted { (count(error.count)) " times, the first one:" } }
                    pre tabindex="0" role="region" aria-label=(format!("First example of {}", error.code)) { (error.example) }
                }
            }
        }
    }
}

/// Processor, memory and sockets of both sides.
pub(super) fn resources(load: &LoadReport) -> Markup {
    let (server, database) = (&load.server, &load.database);
    let kib = |value: Option<f64>| value.map_or_else(|| "unknown".to_owned(), crate::wording::kib);
    html! {
        dl.facts {
            div { dt { "Server memory" } dd { (kib(server.rss_kib.map(|kib| kib as f64))) } dd.muted { "at its largest" } }
            div { dt { "Server memory per connection" } dd { (kib(server.rss_kib_per_connection)) } dd.muted { "at the end of the ramp; at most " (kib(server.rss_kib_per_session)) " per session, history included" } }
            div { dt { "Server processor time" }
                dd { (server.cpu_s.map_or_else(|| "unknown".to_owned(), seconds)) } dd.muted { "in the whole run" } }
            div { dt { "Database" } dd { (database.kind) }
                dd.muted { (database.version.as_deref().unwrap_or("version unknown"))
                    @if let Some(container) = &database.container { ", " (container) } } }
        }
        (charts::resources(load))
    }
}
