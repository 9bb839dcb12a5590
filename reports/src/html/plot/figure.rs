//! A chart as part of the page: title, picture, values by pointer and keyboard, and the table.

use maud::{Markup, PreEscaped, html};
use serde::Serialize;

use super::chart::{Chart, Series};
use super::drawing::{NARROW, WIDE, drawing};
use super::geometry::definitions;
use super::scale::ValueAxis;

/// What the script needs to show a value: positions and heights in thousandths. The texts it takes from the table.
#[derive(Serialize)]
struct Values {
    x: Vec<u32>,
    y: Vec<Vec<Option<u32>>>,
}

/// `chart` as a figure.
pub(in crate::html) fn figure(chart: &Chart) -> Markup {
    let title_id = format!("{}-title", chart.id);
    let axis = chart.axis();
    html! {
        figure.chart.small[chart.small].heated[chart.heat.is_some()] id=(chart.id) data-group=(chart.group) {
            figcaption {
                h4 id=(title_id) { (chart.title) }
            }
            div.under {
                p.sub { (chart.subtitle)
                    @for limit in chart.limits_out_of_reach() { "; not in the picture: " (limit.label) }
                    @if chart.heat.is_some() { (legend()) }
                }
                // Becomes a live region only while its chart has the focus: charts move together.
                p.readout {}
            }
            (definitions(chart, &axis))
            div.plot tabindex="0" role="group" aria-labelledby=(title_id)
                aria-description="Left and right arrow keys read the values." {
                @if chart.small { (drawing(chart, &axis, NARROW)) }
                @else { (drawing(chart, &axis, WIDE)) (drawing(chart, &axis, NARROW)) }
            }
            (table(chart))
            script type="application/json" { (PreEscaped(json(chart, &axis))) }
        }
    }
}

/// What the shades of a heat map mean.
fn legend() -> Markup {
    html! {
        span.legend { "; share of each moment's: "
            @for (shade, what) in [(1, "some"), (2, "1 %"), (3, "5 %"), (4, "20 %"), (5, "40 %")] {
                span.key { i class=(format!("h{shade}")) {} (what) } " "
            }
        }
    }
}

fn table(chart: &Chart) -> Markup {
    html! {
        details.numbers {
            summary { "Numbers" span.visuallyhidden { " of: " (chart.title) } }
            div.scroll tabindex="0" role="region" aria-label=(format!("Numbers of: {}", chart.title)) {
                table {
                    thead { tr {
                        th scope="col" { (chart.x.title) }
                        @for series in &chart.series { th.num scope="col" { (series.name) } }
                    } }
                    tbody {
                        @for (at, label) in chart.x.labels.iter().enumerate() {
                            tr {
                                th scope="row" { (label) }
                                @for series in &chart.series { td.num { (text(chart, series, at)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A value, or from where to where the values of its position lie.
fn text(chart: &Chart, series: &Series, at: usize) -> String {
    let value =
        |values: &[Option<f64>]| values.get(at).copied().flatten().map(|value| chart.unit.text(value));
    match (value(&series.lows), value(&series.values)) {
        (Some(low), Some(high)) if low != high => format!("{low} – {high}"),
        (_, Some(value)) => value,
        (_, None) => "–".to_owned(),
    }
}

/// The values as JSON: numbers only, so that nothing can end the script element it stands in.
fn json(chart: &Chart, axis: &ValueAxis) -> String {
    let thousandths = |share: f64| (share * 1000.0).round().clamp(0.0, 1000.0) as u32;
    let height = |value: &Option<f64>| value.map(|value| thousandths(axis.share(value)));
    let values = Values {
        x: chart.x.positions.iter().map(|position| thousandths(*position)).collect(),
        y: chart.series.iter().map(|series| series.values.iter().map(height).collect()).collect(),
    };
    serde_json::to_string(&values).unwrap_or_default()
}
