//! How much a server holds: the boundary, the law, the levels and the surface.

use maud::{Markup, html};

use super::capacity_charts as charts;
use super::plot::figure;
use crate::model::{CapacityReport, Estimate, LevelRun, LevelVerdict, ServerPlan, Surface, UnitCosts};
use crate::wording::{capital, count, kib, micros, percent, plain, plural};

/// The answer, what it costs, and how many servers that makes.
pub(super) fn answer(report: &CapacityReport) -> Markup {
    let boundary = &report.boundary;
    let number = |value: Option<u64>| value.map_or_else(|| "none".to_owned(), count);
    html! {
        p { strong { (capital(&report.answer)) "." } }
        dl.facts {
            (end("Last pass", boundary.last_pass, "no level was held",
                &format!("held in all of {} runs", boundary.pass_runs)))
            (end("First fail", boundary.first_fail, "no level above it failed",
                &format!("failed in {} of {} runs", boundary.fail_failed, boundary.fail_runs)))
            div { dt { "Bottleneck" } dd { (report.bottleneck.resource.map_or("not seen", charts::resource_name)) }
                dd.muted { (report.bottleneck.text) } }
        }
        @if !boundary.reasons.is_empty() {
            p { "Why " (number(boundary.first_fail)) " sessions are too many:" }
            ul { @for reason in &boundary.reasons { li { (reason) } } }
        }
        @if let Some(chart) = charts::latency(report) { (figure(&chart)) }
        (costs(&report.costs))
        @if let Some(servers) = &report.servers { (plan(servers)) }
        @for remark in &report.remarks { p.aside { (capital(remark)) "." } }
    }
}

/// One end of the boundary, and what stands behind it.
fn end(name: &str, sessions: Option<u64>, without: &str, with: &str) -> Markup {
    html! {
        div { dt { (name) } @match sessions {
            Some(sessions) => { dd { (plural(sessions, "session")) } dd.muted { (with) } },
            None => { dd { "none" } dd.muted { (without) } },
        } }
    }
}

fn costs(costs: &UnitCosts) -> Markup {
    let us =
        |value: Option<f64>| value.map_or_else(|| "unknown".to_owned(), |us| format!("{} µs CPU", plain(us)));
    html! {
        dl.facts {
            div { dt { "A session for a second" } dd { (us(costs.cpu_us_per_session_second)) }
                dd.muted { @match costs.kib_per_session {
                    Some(cost) => { (kib(cost.value)) " of memory, 95 %: " (kib(cost.low)) " to " (kib(cost.high)) },
                    None => { "memory unknown" },
                } } }
            div { dt { "A query" } dd { (us(costs.cpu_us_per_query)) }
                dd.muted { "all processor time divided by the queries" } }
            div { dt { "A delivered event" } dd { (us(costs.cpu_us_per_event)) }
                dd.muted { "all processor time divided by the messages" } }
        }
    }
}

fn plan(servers: &ServerPlan) -> Markup {
    let (least, most) = servers.documents_servers;
    let (low, high) = servers.documents_memory_mib;
    let (few, many) = servers.documents_connections_per_server;
    html! {
        h3 { (count(servers.users)) " users" }
        div.scroll tabindex="0" role="region" aria-label="Servers" {
            table {
                thead { tr { th scope="col" { "" } th.num scope="col" { "Measured here" } th.num scope="col" { "By the documents" } } }
                tbody {
                    tr { th scope="row" { "Servers" } td.num { strong { (count(servers.servers)) } }
                        td.num { (count(least)) " to " (count(most)) } }
                    tr { th scope="row" { "Sessions a server" }
                        td.num { (count(servers.sessions_per_server)) " with " (percent(servers.headroom)) " free" }
                        td.num { (count(few)) " to " (count(many)) } }
                    tr { th scope="row" { "Memory for all" }
                        td.num { (servers.measured_memory_mib.map_or_else(|| "unknown".to_owned(), |mib| kib(mib * 1_024.0))) }
                        td.num { (kib(low * 1_024.0)) " to " (kib(high * 1_024.0)) } }
                }
            }
        }
        @for remark in &servers.remarks { p.aside { (capital(remark)) "." } }
    }
}

/// The law with its band, knee and peak.
pub(super) fn scaling(report: &CapacityReport) -> Markup {
    let Some(law) = &report.scalability else {
        return html! { p { "The levels are too few or too uneven for a scalability law: the remarks say why." } };
    };
    let with = |estimate: Option<Estimate>| match estimate {
        Some(e) => (plain(e.value), format!("95 %: {} to {}", plain(e.low), plain(e.high))),
        None => ("not seen".to_owned(), "in the levels that were measured".to_owned()),
    };
    let small = |e: Estimate| (format!("{:.3e}", e.value), format!("95 %: {:.3e} to {:.3e}", e.low, e.high));
    let facts = [
        ("Knee, sessions", with(law.seen_knee())),
        ("Largest throughput, N*", with(law.seen_peak())),
        ("λ, queries a second alone", small(law.lambda)),
        ("σ, contention", small(law.sigma)),
        ("κ, coherency", small(law.kappa)),
    ];
    html! {
        p { "Universal Scalability Law, X(N) = λN / (1 + σ(N − 1) + κN(N − 1)), fitted to " (law.levels)
            " levels; they lie " (percent(law.residual)) " off it." }
        dl.facts {
            @for (name, (value, interval)) in facts {
                div { dt { (name) } dd { (value) } dd.muted { (interval) } }
            }
        }
        (figure(&charts::throughput(report, law)))
        @for remark in &law.remarks { p.aside { (capital(remark)) "." } }
    }
}

/// Every run in order.
pub(super) fn levels(report: &CapacityReport) -> Markup {
    html! {
        p { (report.runs.len()) " runs. A bound is what the figure surely does not pass, with "
            (percent(report.confidence)) " confidence: it decides, not the figure." }
        div.scroll tabindex="0" role="region" aria-label="Levels" {
            table {
                thead { tr { th.num scope="col" { "Sessions" } th scope="col" { "For" } th scope="col" { "Outcome" }
                    th.num scope="col" { "Queries/s" } th.num scope="col" { "p50" } th.num scope="col" { "p99" }
                    th.num scope="col" { "Server CPU" } th.num scope="col" { "Memory" } th scope="col" { "Why" } } }
                tbody { @for run in &report.runs { (level(run)) } }
            }
        }
    }
}

fn level(run: &LevelRun) -> Markup {
    let time = |us: Option<u64>| us.map_or_else(|| "–".to_owned(), micros);
    html! {
        tr {
            th.num scope="row" { (count(run.sessions)) }
            td { (run.purpose) }
            td { (badge(run.verdict)) }
            td.num { (plain(run.achieved_per_s)) @if let Some(target) = run.target_per_s { " of " (plain(target)) } }
            td.num { (time(run.p50_us)) }
            td.num { (time(run.p99_us)) }
            td.num { (run.server_cpu.map_or_else(|| "–".to_owned(), |cpu| format!("{cpu:.2}"))) }
            td.num { (run.server_rss_kib.map_or_else(|| "–".to_owned(), |rss| kib(rss as f64))) }
            td { (run.reasons.join("; ")) }
        }
    }
}

fn badge(verdict: LevelVerdict) -> Markup {
    html! {
        @match verdict {
            LevelVerdict::Held => span.badge.pass { span aria-hidden="true" { "✓" } " held" },
            LevelVerdict::Failed => span.badge.fail { span aria-hidden="true" { "✕" } " failed" },
            LevelVerdict::Invalid => span.badge.odd { span aria-hidden="true" { "!" } " can't say" },
        }
    }
}

/// The grid, one table for each fan-out, with its edge.
pub(super) fn surface(surface: &Surface) -> Markup {
    let fans = charts::ascending(surface.points.iter().map(|point| point.fan_out));
    let sessions = charts::ascending(surface.points.iter().map(|point| point.sessions));
    html! {
        @if let Some(chart) = charts::frontier(surface) { (figure(&chart)) }
        p { "Each cell is a run, with the p99 of its results from the intended moment; one in brackets was not run, \
             because asking for less failed already. Held is the most that stands at that rate." }
        @for fan in fans {
            h3 { @if fan == 1 { "Each session watched by itself" } @else { "Each session watched by " (fan) } }
            div.scroll tabindex="0" role="region" aria-label=(format!("Surface, fan-out {fan}")) {
                table {
                    thead { tr { th scope="col" { "Queries a second" }
                        @for number in &sessions { th.num scope="col" { (plural(*number, "session")) } }
                        th.num scope="col" { "Held" } } }
                    tbody { @for edge in surface.frontier.iter().filter(|edge| edge.fan_out == fan) {
                        tr {
                            th scope="row" { (plain(edge.queries_per_s)) }
                            @for number in &sessions { (cell(surface, *number, edge.queries_per_s, fan)) }
                            td.num { strong { (edge.sessions.map_or_else(|| "none".to_owned(), count)) } }
                        }
                    } }
                }
            }
        }
    }
}

fn cell(surface: &Surface, sessions: u64, rate: f64, fan_out: u64) -> Markup {
    let here = |point: &&crate::model::SurfacePoint| {
        point.sessions == sessions && point.queries_per_s == rate && point.fan_out == fan_out
    };
    html! {
        @match surface.points.iter().find(here) {
            None => td.num.zero { "–" },
            Some(point) if point.implied => td.num.zero { "(failed)" },
            Some(point) => td.num { (badge(point.verdict))
                @if let Some(p99) = point.p99_us { br; span.muted { (micros(p99)) } } },
        }
    }
}
