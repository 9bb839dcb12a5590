//! The picture itself, for one width.

use maud::{Markup, html};

use super::chart::{Chart, Series};

/// Least distance between the labels at the ends of two lines.
const LABEL_PITCH: f64 = 15.0;

/// Size of the drawing and of the margins in it, in units that are pixels at its natural size.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub(super) class: &'static str,
    width: f64,
    height: f64,
    left: f64,
    right: f64,
}

/// For screens of 760 pixels and more.
pub(super) const WIDE: Frame = Frame { class: "wide", width: 940.0, height: 210.0, left: 62.0, right: 96.0 };
/// For narrow screens, and for charts that stand beside others.
pub(super) const NARROW: Frame =
    Frame { class: "narrow", width: 360.0, height: 220.0, left: 52.0, right: 70.0 };

const TOP: f64 = 14.0;
const BOTTOM: f64 = 26.0;

impl Frame {
    fn x(self, position: f64) -> f64 {
        self.left + position * (self.width - self.left - self.right)
    }

    fn y(self, share: f64) -> f64 {
        self.height - BOTTOM - share * (self.height - TOP - BOTTOM)
    }
}

/// `chart` drawn into `frame`. Hidden from screen readers: they get the title and the table.
pub(super) fn drawing(chart: &Chart, frame: Frame) -> Markup {
    let ticks = chart.ticks();
    let top = ticks.last().copied().unwrap_or(1.0);
    let (right, bottom) = (frame.x(1.0), frame.y(0.0));
    html! {
        svg class=(frame.class) viewBox=(format!("0 0 {} {}", frame.width, frame.height)) aria-hidden="true"
            data-left=(frame.left) data-right=(right) data-top=(TOP) data-bottom=(bottom) {
            @for band in &chart.bands {
                @let (from, to) = (frame.x(band.from), frame.x(band.to));
                rect.band x=(px(from)) y=(TOP) width=(px(to - from)) height=(px(bottom - TOP)) {}
                @if to - from > 34.0 {
                    text.bandname x=(px((from + to) / 2.0)) y=(px(TOP + 11.0)) text-anchor="middle" { (band.name) }
                }
            }
            (value_axis(chart, frame, &ticks, top))
            (position_axis(chart, frame))
            @for limit in chart.limits_in_reach() {
                @let y = px(frame.y(limit.value / top));
                line.limit x1=(px(frame.left)) x2=(px(right)) y1=(y) y2=(y) {}
                text.limitname x=(px(right - 4.0)) y=(px(frame.y(limit.value / top) - 4.0)) text-anchor="end" {
                    (limit.label)
                }
            }
            @for (at, series) in chart.series.iter().enumerate() {
                path class=(format!("line s{at}")) d=(path(chart, series, frame, top)) {}
                (lone_points(chart, series, at, frame, top))
            }
            (end_labels(chart, frame, top))
            line.cross x1="0" x2="0" y1=(TOP) y2=(px(bottom)) {}
            @for at in 0..chart.series.len() { circle class=(format!("dot s{at}")) r="4" {} }
        }
    }
}

fn value_axis(chart: &Chart, frame: Frame, ticks: &[f64], top: f64) -> Markup {
    let (divisor, unit) = chart.unit.steps(top);
    html! {
        @for (at, tick) in ticks.iter().enumerate() {
            @let y = frame.y(tick / top);
            line.grid x1=(px(frame.left)) x2=(px(frame.x(1.0))) y1=(px(y)) y2=(px(y)) {}
            // The unit once, at the top.
            text.tick x=(px(frame.left - 7.0)) y=(px(y + 4.0)) text-anchor="end" {
                (crate::wording::compact(tick / divisor))
                @if at + 1 == ticks.len() { (unit) }
            }
        }
    }
}

fn position_axis(chart: &Chart, frame: Frame) -> Markup {
    let y = frame.y(0.0);
    let shown = roomy(chart, frame);
    html! {
        @for ((position, label), shown) in chart.x.ticks.iter().zip(shown) {
            @let x = px(frame.x(*position));
            line.tickmark x1=(x) x2=(x) y1=(px(y)) y2=(px(y + 4.0)) {}
            @if shown { text.tick x=(x) y=(px(y + 18.0)) text-anchor="middle" { (label) } }
        }
    }
}

/// Which labels of the horizontal axis can stand without touching; the last one always does.
fn roomy(chart: &Chart, frame: Frame) -> Vec<bool> {
    let ticks = &chart.x.ticks;
    let half = |label: &str| label.chars().count() as f64 * 3.6 + 3.0;
    let edge = |at: usize, side: f64| frame.x(ticks[at].0) + side * half(&ticks[at].1);
    let Some(last) = ticks.len().checked_sub(1) else {
        return Vec::new();
    };
    let mut free_from = f64::NEG_INFINITY;
    (0..=last)
        .map(|at| {
            let shown = at == last || (edge(at, -1.0) >= free_from && edge(at, 1.0) <= edge(last, -1.0));
            if shown {
                free_from = edge(at, 1.0);
            }
            shown
        })
        .collect()
}

fn path(chart: &Chart, series: &Series, frame: Frame, top: f64) -> String {
    let mut path = String::new();
    let mut open = false;
    for (position, value) in chart.x.positions.iter().zip(&series.values) {
        let Some(value) = value.filter(|value| value.is_finite()) else {
            open = false;
            continue;
        };
        path.push(if open { 'L' } else { 'M' });
        path.push_str(&format!("{} {}", px(frame.x(*position)), px(frame.y(value / top))));
        open = true;
    }
    path
}

/// Points with a gap on both sides, which a line would not show.
fn lone_points(chart: &Chart, series: &Series, at: usize, frame: Frame, top: f64) -> Markup {
    let known =
        |index: Option<usize>| index.and_then(|index| series.values.get(index).copied().flatten()).is_some();
    html! {
        @for (index, (position, value)) in chart.x.positions.iter().zip(&series.values).enumerate() {
            @if let Some(value) = value {
                @if !known(index.checked_sub(1)) && !known(Some(index + 1)) {
                    circle class=(format!("lone s{at}")) r="2" cx=(px(frame.x(*position)))
                        cy=(px(frame.y(value / top))) {}
                }
            }
        }
    }
}

/// Names at the ends of the lines, moved apart where they would touch.
fn end_labels(chart: &Chart, frame: Frame, top: f64) -> Markup {
    let mut labels: Vec<(usize, f64)> = chart
        .series
        .iter()
        .enumerate()
        .filter_map(|(at, series)| {
            let last = series.values.iter().rev().flatten().next()?;
            Some((at, frame.y(last / top)))
        })
        .collect();
    labels.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut lowest = TOP;
    for (_, y) in &mut labels {
        *y = y.max(lowest);
        lowest = *y + LABEL_PITCH;
    }
    // What was pushed out at the bottom goes back up.
    let mut highest = frame.y(0.0);
    for (_, y) in labels.iter_mut().rev() {
        *y = y.min(highest);
        highest = *y - LABEL_PITCH;
    }
    html! {
        @for (at, y) in labels {
            text class=(format!("endname s{at}")) x=(px(frame.x(1.0) + 8.0)) y=(px(y + 4.0)) {
                (chart.series[at].name)
            }
        }
    }
}

/// A coordinate, to a tenth of a pixel.
fn px(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}
