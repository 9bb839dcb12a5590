//! Whether the generator's figures can be trusted.

use maud::{Markup, html};

use super::{charts, shards};
use crate::model::{GeneratorVerdict, LITTLE_LIMIT, LoadReport, SEND_LAG_LIMIT_US};
use crate::wording::{accounts, capital, kib, micros, percent, plain};

/// The generator's verdict on itself, with the figures behind it.
pub(super) fn section(load: &LoadReport) -> Markup {
    let generator = &load.generator;
    let unknown = || "unknown".to_owned();
    html! {
        @match generator.verdict {
            GeneratorVerdict::Ok => p { span.badge.pass { span aria-hidden="true" { "✓" } " yes" }
                " The generator kept its schedule, so the figures speak of the target." },
            GeneratorVerdict::Limit => {
                p { span.badge.fail { span aria-hidden="true" { "✕" } " no" }
                    " The generator was the limit, so the figures say nothing about the target:" }
                ul { @for reason in &generator.reasons { li { (reason) } } }
            }
        }
        @if let Some(told) = load.server.accounts { p { (capital(accounts(told))) "." } }
        dl.facts {
            div { dt { "Send lag, p99" } dd { (micros(generator.send_lag_us.p99)) }
                dd.muted { "invalid over " (micros(SEND_LAG_LIMIT_US)) } }
            div { dt { "Little's law misses by" } dd { (generator.little_residual.map_or_else(unknown, percent)) }
                dd.muted { "invalid over " (percent(LITTLE_LIMIT)) } }
            div { dt { "Generator processors" }
                dd { (generator.cpu_cores.map_or_else(unknown, |cores| format!("{} cores", plain(cores)))) }
                dd.muted { "of " (load.header.environment.cores) ", in the steady phase" } }
            div { dt { "Per message" }
                dd { (generator.cpu_us_per_message.map_or_else(unknown, |us| format!("{} µs", plain(us)))) }
                dd.muted { (generator.rss_kib_per_session.map_or_else(unknown, kib)) " per session" } }
        }
        (charts::send_lag(load))
        (shards::table(load))
    }
}
