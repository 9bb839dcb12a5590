//! The processes or machines that shared a run.

use maud::{Markup, html};

use crate::model::{LoadReport, ShardReport};
use crate::wording::{count, micros, plain};

/// One line each; nothing where one process played all of it.
pub(super) fn table(load: &LoadReport) -> Markup {
    html! {
        @if !load.shards.is_empty() {
            h4 { "Who measured" }
            div.scroll tabindex="0" role="region" aria-label="Processes and machines that shared the run" {
                table {
                    thead { tr { th scope="col" { "Part" } th scope="col" { "Target" }
                        th.num scope="col" { "Sessions" } th.num scope="col" { "Sent" } th.num scope="col" { "Received" }
                        th.num scope="col" { "Send lag, p99" } th.num scope="col" { "Processors" }
                        th.num scope="col" { "Began late by" } th.num scope="col" { "Target's clock" } } }
                    tbody { @for shard in &load.shards { (line(shard)) } }
                }
            }
        }
    }
}

fn line(shard: &ShardReport) -> Markup {
    let dash = || "–".to_owned();
    html! {
        tr {
            th scope="row" { (shard.name)
                @if let Some(machine) = &shard.machine { " " span.muted { (machine) } } }
            @if let Some(fate) = &shard.lost {
                td.bad colspan="8" { "lost: " (fate) " (" (count(shard.sessions.requested)) " sessions)" }
            } @else {
                td { (shard.target) }
                td.num { (count(shard.sessions.established)) " of " (count(shard.sessions.requested)) }
                td.num { (count(shard.sent)) }
                td.num { (count(shard.received)) }
                td.num { (shard.send_lag_p99_us.map_or_else(dash, micros)) }
                td.num { (shard.cpu_cores.map_or_else(dash, plain)) }
                td.num { (shard.late_us.map_or_else(dash, micros)) }
                td.num { (offset(shard).unwrap_or_else(dash)) }
            }
        }
    }
}

/// How far the target's clock is ahead or behind, and how far that may be off.
fn offset(shard: &ShardReport) -> Option<String> {
    let (offset, bound) = (shard.clock_offset_us?, shard.clock_bound_us?);
    let sign = if offset < 0 { "−" } else { "+" };
    Some(format!("{sign}{} ± {}", micros(offset.unsigned_abs()), micros(bound)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_has_its_sign_and_its_bound() {
        let shard = |offset, bound| ShardReport {
            clock_offset_us: Some(offset),
            clock_bound_us: Some(bound),
            ..ShardReport::default()
        };
        assert!(offset(&shard(-2_500, 1_000)).unwrap().starts_with("−2.5 ms ± 1"));
        assert!(offset(&shard(0, 40)).unwrap().starts_with('+'));
        assert_eq!(offset(&ShardReport::default()), None);
    }

    #[test]
    fn a_lost_part_is_one_sentence() {
        let mut lost = ShardReport { name: "worker 2 of 3".to_owned(), ..ShardReport::default() };
        lost.lost = Some("was killed by signal 9".to_owned());
        assert!(line(&lost).into_string().contains("lost: was killed by signal 9 (0 sessions)"));
    }
}
