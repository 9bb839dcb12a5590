//! Times by operation: where they lie, the table, the curves, and what is not judged.

use maud::{Markup, html};

use super::charts;
use super::plot::{Span, spans};
use crate::model::{LoadReport, OperationReport, Quantiles};
use crate::wording::{count, micros};

/// Columns of every table of percentiles.
pub(super) const PERCENTILES: [&str; 7] = ["p50", "p90", "p95", "p99", "p99.9", "max", "mean"];

/// The cells of one distribution.
pub(super) fn percentiles(quantiles: &Quantiles) -> Markup {
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

/// A table of distributions, one a row.
pub(super) fn table(label: &str, what: &str, rows: &[(String, &Quantiles)]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(label) {
            table {
                thead { tr { th scope="col" { (what) } th.num scope="col" { "Count" }
                    @for name in PERCENTILES { th.num scope="col" { (name) } } } }
                tbody { @for (name, quantiles) in rows {
                    tr { th scope="row" { (name) } td.num { (count(quantiles.count)) } (percentiles(quantiles)) }
                } }
            }
        }
    }
}

/// What the bars of a picture of spans mean.
pub(super) fn key(second: bool) -> Markup {
    html! {
        p.aside { "Each bar goes from the median to the 99th percentile, with a mark at the 90th; the thin line ends at the \
            longest. The axis is logarithmic."
            @if second { " " span.swatch.s0 {} " service time, " span.swatch.s1 {} " from the intended moment." } }
    }
}

/// The operation called `name`, where it happened.
pub(super) fn find<'l>(load: &'l LoadReport, name: &str) -> Option<&'l OperationReport> {
    load.operations.iter().find(|operation| operation.name == name && operation.count > 0)
}

/// Percentiles and curves by operation.
pub(super) fn section(load: &LoadReport) -> Markup {
    let pictured: Vec<Span> = load
        .operations
        .iter()
        .map(|operation| Span {
            name: operation.name.clone(),
            times: operation.service_us,
            beside: (operation.intended_us != operation.service_us).then_some(operation.intended_us),
        })
        .collect();
    html! {
        p { strong { "Service" } " time counts from the moment a request was really sent, "
            strong { "intended" } " time from the moment it was due: where they part, a slow server held back the \
             requests that would have shown how slow it was." }
        (spans("Times by operation, the numbers are in the table below", &pictured))
        (key(true))
        (both_clocks("Percentiles by operation", &load.operations))
        @if load.operations.iter().any(|operation| operation.curve_service.len() > 1) {
            h3 { "Service against intended, up to the longest" }
            (charts::curves(load))
        }
        @if !load.warm_up.is_empty() {
            details.apart {
                summary { "Warm-up, ramp and drain: measured, not judged" }
                p.aside { "What was due before or after the steady phase. Nothing of it is in any other figure of this \
                    page, but the rows of each second." }
                (both_clocks("Percentiles of warm-up, ramp and drain", &load.warm_up))
            }
        }
    }
}

fn both_clocks(label: &str, operations: &[OperationReport]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(label) {
            table {
                thead { tr { th scope="col" { "Operation" } th scope="col" { "Time" } th.num scope="col" { "Count" }
                    th.num scope="col" { "Errors" } @for name in PERCENTILES { th.num scope="col" { (name) } } } }
                @for operation in operations {
                    @let errors: u64 = operation.errors.values().sum();
                    // What nobody had scheduled was meant to begin when it began.
                    @let one = operation.intended_us == operation.service_us;
                    @let rows = if one { "1" } else { "2" };
                    tbody.pair[!one] {
                        tr {
                            th scope="rowgroup" rowspan=(rows) { code { (operation.name) } }
                            td { @if one { "both" } @else { "service" } }
                            td.num rowspan=(rows) { (count(operation.count)) }
                            td.num.bad[errors > 0] rowspan=(rows) { (count(errors)) }
                            (percentiles(&operation.service_us))
                        }
                        @if !one { tr { td { "intended" } (percentiles(&operation.intended_us)) } }
                    }
                }
            }
        }
    }
}
