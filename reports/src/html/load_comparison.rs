//! Two sets of load runs beside each other: what is surely worse or better, and what can't be told.

use maud::{Markup, html};

use crate::model::{ComparisonReport, LoadComparison, MetricChange, MetricVerdict};
use crate::wording::{percent, plain, signed_percent};

/// Every figure with its change, its interval and its p.
pub(super) fn section(comparison: &ComparisonReport, load: &LoadComparison) -> Markup {
    let rule = &load.rule;
    html! {
        p { "Scenario " code { (load.scenario) } ", " (load.before_runs.len()) " runs before and "
            (load.after_runs.len()) " after" @if load.interleaved { ", taking turns" } ". Whole runs are the samples: "
            "exact Mann–Whitney test, Holm over the figures at " (percent(rule.level)) ", and a change counts from "
            (percent(rule.floor)) " on. " strong { (load.power) "." } }
        div.scroll tabindex="0" role="region" aria-label="Figures compared" {
            table {
                thead { tr { th scope="col" { "Figure" } th scope="col" { "Verdict" } th.num scope="col" { "Before" }
                    th.num scope="col" { "After" } th.num scope="col" { "Change" } th.num scope="col" { "95 % interval" }
                    th.num scope="col" { "p after Holm" } th.num scope="col" { "Can show from" } } }
                tbody { @for metric in &load.metrics { (row(metric)) } }
            }
        }
        dl.facts {
            div { dt { "Before" } dd { (comparison.before.target) } dd.muted { code { (comparison.before.folder) } } }
            div { dt { "After" } dd { (comparison.after.target) } dd.muted { code { (comparison.after.folder) } } }
        }
        @for remark in &load.remarks { p.aside { (remark) "." } }
    }
}

fn row(metric: &MetricChange) -> Markup {
    let number = |value: Option<f64>| {
        value.map_or_else(|| "–".to_owned(), |value| format!("{} {}", plain(value), metric.unit))
    };
    let share = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), signed_percent);
    let interval = match (metric.effect_low, metric.effect_high) {
        (Some(low), Some(high)) => format!("{} to {}", signed_percent(low), signed_percent(high)),
        _ => "–".to_owned(),
    };
    let worse = metric.verdict == MetricVerdict::Worse;
    html! {
        tr {
            th scope="row" { code { (metric.name) } }
            td { (badge(metric.verdict)) }
            td.num { (number(metric.before_median)) }
            td.num { (number(metric.after_median)) }
            td.num.bad[worse] { (share(metric.effect)) }
            td.num { (interval) }
            td.num { (metric.p_adjusted.map_or_else(|| "–".to_owned(), |p| format!("{p:.4}"))) }
            td.num { (metric.detectable.map_or_else(|| "nothing".to_owned(), percent)) }
        }
    }
}

fn badge(verdict: MetricVerdict) -> Markup {
    html! {
        @match verdict {
            MetricVerdict::Worse => span.badge.fail { span aria-hidden="true" { "✕" } " worse" },
            MetricVerdict::Better => span.badge.pass { span aria-hidden="true" { "✓" } " better" },
            MetricVerdict::Same => span.muted { "same" },
            MetricVerdict::Unknown => span.badge.odd { span aria-hidden="true" { "!" } " not measured" },
        }
    }
}
