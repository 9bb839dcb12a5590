//! A chart as part of the page: title, picture, values by pointer and keyboard, and the table.

use maud::{Markup, PreEscaped, html};
use serde::Serialize;

use super::chart::Chart;
use super::drawing::{NARROW, WIDE, drawing};

/// What the script needs to show a value: positions in thousandths, and the texts.
#[derive(Serialize)]
struct Values<'a> {
    x: Vec<u32>,
    labels: &'a [String],
    series: Vec<SeriesValues<'a>>,
}

#[derive(Serialize)]
struct SeriesValues<'a> {
    name: &'a str,
    /// Height in thousandths of the axis.
    y: Vec<Option<u32>>,
    text: Vec<Option<String>>,
}

/// `chart` as a figure.
pub(in crate::html) fn figure(chart: &Chart) -> Markup {
    let title_id = format!("{}-title", chart.id);
    html! {
        figure.chart.small[chart.small] id=(chart.id) data-group=(chart.group) {
            figcaption {
                h4 id=(title_id) { (chart.title) }
            }
            div.under {
                p.sub { (chart.subtitle)
                    @for limit in chart.limits_out_of_reach() { "; " (limit.label) " lies far above" }
                }
                // Becomes a live region only while its chart has the focus: charts move together.
                p.readout {}
            }
            div.plot tabindex="0" role="group" aria-labelledby=(title_id)
                aria-description="Left and right arrow keys read the values." {
                @if chart.small { (drawing(chart, NARROW)) }
                @else { (drawing(chart, WIDE)) (drawing(chart, NARROW)) }
            }
            (table(chart))
            script type="application/json" { (PreEscaped(json(chart))) }
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
                                @for series in &chart.series { td.num { (text(chart, series.values.get(at))) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn text(chart: &Chart, value: Option<&Option<f64>>) -> String {
    value.copied().flatten().map_or_else(|| "–".to_owned(), |value| chart.unit.text(value))
}

/// The values as JSON that can't end the script element it stands in.
fn json(chart: &Chart) -> String {
    let top = chart.ticks().last().copied().unwrap_or(1.0);
    let thousandths = |share: f64| (share * 1000.0).round().clamp(0.0, 1000.0) as u32;
    let values = Values {
        x: chart.x.positions.iter().map(|position| thousandths(*position)).collect(),
        labels: &chart.x.labels,
        series: chart
            .series
            .iter()
            .map(|series| SeriesValues {
                name: series.name,
                y: series.values.iter().map(|value| value.map(|value| thousandths(value / top))).collect(),
                text: series.values.iter().map(|value| value.map(|value| chart.unit.text(value))).collect(),
            })
            .collect(),
    };
    serde_json::to_string(&values).unwrap_or_default().replace('<', "\\u003c")
}
