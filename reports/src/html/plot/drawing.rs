//! The picture itself, for one width.

use maud::{Markup, html};

use super::chart::{Band, Chart};
use super::geometry::{SHADES, line_id, shade_id};
use super::scale::ValueAxis;

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

    /// From thousandths of the picture to its place.
    fn placement(self) -> String {
        let (wide, high) = (self.x(1.0) - self.x(0.0), self.y(0.0) - self.y(1.0));
        format!("translate({} {TOP}) scale({:.5} {:.5})", self.left, wide / 1_000.0, high / 1_000.0)
    }
}

/// `chart` drawn into `frame`. Hidden from screen readers: they get the title and the table.
pub(super) fn drawing(chart: &Chart, axis: &ValueAxis, frame: Frame) -> Markup {
    let (right, bottom) = (frame.x(1.0), frame.y(0.0));
    html! {
        svg class=(frame.class) viewBox=(format!("0 0 {} {}", frame.width, frame.height)) aria-hidden="true"
            data-left=(frame.left) data-right=(right) data-top=(TOP) data-bottom=(bottom) {
            @for band in &chart.bands {
                @let (from, to) = (frame.x(band.from), frame.x(band.to));
                rect.band x=(px(from)) y=(TOP) width=(px((to - from).max(1.5))) height=(px(bottom - TOP)) {}
            }
            (value_axis(frame, axis))
            (position_axis(chart, frame))
            g transform=(frame.placement()) {
                @if chart.heat.is_some() {
                    @for shade in 1..=SHADES {
                        use class=(format!("heat h{shade}")) href=(format!("#{}", shade_id(chart, shade))) {}
                    }
                }
                @for (at, series) in chart.series.iter().enumerate() {
                    // Lines over a heat map are kept apart from its cells.
                    @if chart.heat.is_some() { use class="line halo" href=(format!("#{}", line_id(chart, at))) {} }
                    use class=(format!("line s{at}{}", if series.lows.is_empty() { "" } else { " range" }))
                        href=(format!("#{}", line_id(chart, at))) {}
                }
            }
            @for limit in chart.limits_in_reach() {
                @let y = frame.y(axis.share(limit.value));
                line.limit x1=(px(frame.left)) x2=(px(right)) y1=(px(y)) y2=(px(y)) {}
                text.limitname x=(px(right - 4.0)) y=(px(y - 4.0)) text-anchor="end" { (limit.label) }
            }
            (band_names(&chart.bands, frame))
            (end_labels(chart, frame, axis))
            line.cross x1="0" x2="0" y1=(TOP) y2=(px(bottom)) {}
            @for at in 0..chart.series.len() { circle class=(format!("dot s{at}")) r="4" {} }
        }
    }
}

/// Names of the shaded stretches: in the middle where they fit, else to the right where there is room.
fn band_names(bands: &[Band], frame: Frame) -> Markup {
    let mut free_from = frame.x(0.0);
    let mut bands: Vec<&Band> = bands.iter().collect();
    bands.sort_by(|a, b| a.from.total_cmp(&b.from));
    let named = bands.into_iter().map(|band| {
        let (from, to) = (frame.x(band.from), frame.x(band.to));
        // A letter takes about six pixels.
        let width = band.name.chars().count() as f64 * 6.0 + 4.0;
        let at = if to - from > width { (from + to - width) / 2.0 } else { to + 3.0 };
        let fits = at >= free_from && at + width <= frame.x(1.0);
        if fits {
            free_from = at + width;
        }
        fits.then_some((at + 2.0, &band.name))
    });
    html! {
        @for (x, name) in named.flatten() { text.bandname x=(px(x)) y=(px(TOP + 11.0)) { (name) } }
    }
}

fn value_axis(frame: Frame, axis: &ValueAxis) -> Markup {
    html! {
        @for (tick, label) in &axis.ticks {
            @let y = frame.y(axis.share(*tick));
            line.grid x1=(px(frame.left)) x2=(px(frame.x(1.0))) y1=(px(y)) y2=(px(y)) {}
            text.tick x=(px(frame.left - 7.0)) y=(px(y + 4.0)) text-anchor="end" { (label) }
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

/// Names at the ends of the lines, moved apart where they would touch.
fn end_labels(chart: &Chart, frame: Frame, axis: &ValueAxis) -> Markup {
    let mut labels: Vec<(usize, f64)> = chart
        .series
        .iter()
        .enumerate()
        .filter_map(|(at, series)| Some((at, frame.y(axis.share(series.end(chart.group == "time")?)))))
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
