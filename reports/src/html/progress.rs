//! What someone who waits sees: first sign, steady progress, silence, answer; signs of life meanwhile; and how far
//! apart the sockets of one session hear the same.

use maud::{Markup, html};

use super::histograms::lines;
use super::operations::{find, key, percentiles, table};
use super::plot::{Span, figure, spans};
use crate::hdr::LatencyLog;
use crate::model::{LoadReport, ProgressBand, Quantiles};
use crate::wording::{count, micros};

/// From the question to the answer; `None` when nothing was asked.
pub(super) fn section(load: &LoadReport) -> Option<Markup> {
    let progress = &load.progress;
    if progress.time_to_result_us.count == 0 && progress.time_to_first_us.count == 0 {
        return None;
    }
    let of = |name: &str| find(load, name).map(|operation| &operation.service_us);
    let steps: Vec<(String, &Quantiles)> = [
        ("Question accepted", of("query.accepted")),
        ("First progress", Some(&progress.time_to_first_us)),
        ("From one update to the next", of("progress.cadence")),
        ("Longest silence in a query", Some(&progress.longest_gap_us)),
        ("Answer", Some(&progress.time_to_result_us)),
    ]
    .into_iter()
    .filter_map(|(name, times)| Some((name.to_owned(), times.filter(|times| times.count > 0)?)))
    .collect();
    let pictured: Vec<Span> =
        steps.iter().map(|(name, times)| Span { name: name.clone(), times: **times, beside: None }).collect();
    Some(html! {
        p { "Half of the queries show progress within " (micros(progress.time_to_first_us.p50)) ", 99 % within "
            (micros(progress.time_to_first_us.p99)) "; half are answered within "
            (micros(progress.time_to_result_us.p50)) ". In between, one in a hundred users looks at a bar that stands still for "
            (micros(progress.longest_gap_us.p99)) " or longer." }
        (spans("What a user waits for, the numbers are in the table below", &pictured))
        (key(false))
        (table("What a user waits for", "What is waited for", &steps))
        @if !progress.by_percent.is_empty() { (standstills(&progress.by_percent)) }
    })
}

/// Where the bar stands still.
fn standstills(bands: &[ProgressBand]) -> Markup {
    let name = |band: &ProgressBand| format!("{}–{} %", band.from_percent, band.to_percent);
    let pictured: Vec<Span> =
        bands.iter().map(|band| Span { name: name(band), times: band.gap_us, beside: None }).collect();
    let slowest = bands.iter().max_by_key(|band| band.gap_us.p50);
    let rows: Vec<(String, &Quantiles)> = bands.iter().map(|band| (name(band), &band.gap_us)).collect();
    html! {
        h3 { @match slowest {
            Some(slowest) => { "The bar stands longest at " (name(slowest)) ": " (micros(slowest.gap_us.p50)) " at the median" }
            None => { "How long the bar stands" }
        } }
        p.aside { "From one progress update to the next, by the percent that the bar showed meanwhile." }
        (spans("How long the bar stands, by percent", &pictured))
        details.numbers { summary { "Numbers" span.visuallyhidden { " of: how long the bar stands" } }
            (table("How long the bar stands, by percent", "Percent shown", &rows)) }
    }
}

/// Round trips of heartbeats, also while queries run; `None` without any.
pub(super) fn heartbeats(load: &LoadReport, log: Option<&LatencyLog>) -> Option<Markup> {
    let all = find(load, "heartbeat")?;
    let busy = find(load, "heartbeat.busy");
    let rows = [("All of them", Some(all)), ("While a query of the session ran", busy)];
    let title = format!(
        "A heartbeat's round trip takes {} at the median, {} at most",
        micros(all.service_us.p50),
        micros(all.service_us.max)
    );
    let chart = lines(load, log, "heartbeat", ("heartbeat", title, "round trip of heartbeats"));
    Some(html! {
        p { "What the sign of life takes on the same sockets as everything else: a server that is held up by queries \
             answers late." }
        div.scroll tabindex="0" role="region" aria-label="Round trips of heartbeats" {
            table {
                thead { tr { th scope="col" { "Heartbeats" } th.num scope="col" { "Count" }
                    th.num scope="col" { "Without an answer" }
                    @for name in super::operations::PERCENTILES { th.num scope="col" { (name) } } } }
                tbody { @for (name, operation) in rows { @if let Some(operation) = operation {
                    @let errors: u64 = operation.errors.values().sum();
                    tr { th scope="row" { (name) } td.num { (count(operation.count)) }
                        td.num.bad[errors > 0] { (count(errors)) } (percentiles(&operation.service_us)) }
                } } }
            }
        }
        @if let Some(chart) = chart { (figure(&chart)) }
    })
}

/// How far apart the sockets of one session hear the same event; `None` where sessions have one socket.
pub(super) fn delivery(load: &LoadReport, log: Option<&LatencyLog>) -> Option<Markup> {
    let spread = find(load, "delivery.spread")?;
    let title = format!(
        "99 % of the events reach the last socket within {} of the first",
        micros(spread.service_us.p99)
    );
    let chart = lines(
        load,
        log,
        "delivery.spread",
        ("delivery", title, "from the first socket of a session that hears an event to the last"),
    );
    let rows = [("From the first socket to the last".to_owned(), &spread.service_us)];
    Some(html! {
        p { "Every event of a session goes to all of its sockets. This is the time from the first that heard it to the last, \
             told apart by offsets; while a socket was cut, nothing was measured." }
        (table("Spread of deliveries", "Events", &rows))
        @if let Some(chart) = chart { (figure(&chart)) }
    })
}
