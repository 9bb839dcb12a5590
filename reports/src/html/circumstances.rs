//! Where, with what and how a run took place, so that it can be repeated.

use maud::{Markup, html};

use crate::RunReport;
use crate::wording::count;

/// Environment, seed and effective configuration.
pub(super) fn section(run: &RunReport) -> Markup {
    let header = &run.verdict.header;
    let environment = &header.environment;
    let config = serde_json::to_string_pretty(&header.config).unwrap_or_default();
    let unknown = || "unknown".to_owned();
    html! {
        dl.facts {
            div { dt { "Seed" } dd { (header.seed) } dd.muted { "repeat with --seed " (header.seed) } }
            div { dt { "Tool" } dd { "tidegate " (header.tool_version) } dd.muted { (environment.build) " build" } }
            div { dt { "Machine" } dd { (environment.cores) " cores" }
                dd.muted { (environment.memory_mib.map_or_else(unknown, |mib| format!("{} MiB", count(mib)))) " of memory" } }
            div { dt { "System" } dd { (environment.platform) }
                dd.muted { "kernel " (environment.kernel.clone().unwrap_or_else(unknown)) } }
        }
        details {
            summary { "Effective configuration, secrets redacted" }
            pre tabindex="0" role="region" aria-label="Effective configuration" { (config) }
        }
    }
}
