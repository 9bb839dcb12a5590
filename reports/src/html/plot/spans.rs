//! Several distributions under each other on one logarithmic axis: from the median to the 99th percentile a bar,
//! the 90th and the largest value as marks.
//!
//! Drawn with boxes, so that it fits any width; the numbers stand in a table beside it.

use maud::{Markup, html};

use super::Unit;
use super::scale::ValueAxis;
use crate::model::Quantiles;

/// One distribution.
#[derive(Debug, Clone)]
pub(in crate::html) struct Span {
    /// What it is of, written before it.
    pub(in crate::html) name: String,
    /// Its percentiles, microseconds.
    pub(in crate::html) times: Quantiles,
    /// A second one, drawn below the first: the same from the intended moment.
    pub(in crate::html) beside: Option<Quantiles>,
}

/// `spans` with their axis; nothing without any value. `label` says what the picture shows.
pub(in crate::html) fn spans(label: &str, spans: &[Span]) -> Markup {
    let known: Vec<&Span> = spans.iter().filter(|span| span.times.count > 0).collect();
    let all = || known.iter().flat_map(|span| std::iter::once(&span.times).chain(&span.beside));
    let low = all().map(|times| times.p50).filter(|us| *us > 0).min().unwrap_or(1);
    let high = all().map(|times| times.max).max().unwrap_or(1);
    let axis = ValueAxis::logarithmic(low as f64 / 1e3, high as f64 / 1e3, false, Unit::Millis);
    html! {
        @if !known.is_empty() {
            div.spans role="img" aria-label=(label) {
                @for span in &known {
                    div.name { (span.name) }
                    div.track {
                        @for (tick, _) in &axis.ticks { i.rule style=(left(&axis, *tick)) {} }
                        (bar(&axis, &span.times, "s0"))
                        @if let Some(beside) = &span.beside { (bar(&axis, beside, "s1")) }
                    }
                }
                div.name {}
                div.ticks { @for (tick, text) in &axis.ticks { span style=(left(&axis, *tick)) { (text) } } }
            }
        }
    }
}

fn bar(axis: &ValueAxis, times: &Quantiles, class: &str) -> Markup {
    let at = |us: u64| percent(axis, us as f64 / 1e3);
    let (from, to) = (at(times.p50), at(times.p99));
    html! {
        div.(class).bar {
            i.whisker style=(format!("left:{to:.2}%;width:{:.2}%", (at(times.max) - to).max(0.0))) {}
            i.box style=(format!("left:{from:.2}%;width:{:.2}%", (to - from).max(0.4))) {}
            i.mark style=(format!("left:{:.2}%", at(times.p90))) {}
            i.end style=(format!("left:{:.2}%", at(times.max))) {}
        }
    }
}

fn percent(axis: &ValueAxis, value: f64) -> f64 {
    (axis.share(value) * 100.0).clamp(0.0, 100.0)
}

fn left(axis: &ValueAxis, value: f64) -> String {
    format!("left:{:.2}%", percent(axis, value))
}
