//! Lines and cells as paths in thousandths of the picture, drawn once and shown in every width.

use maud::{Markup, html};

use super::chart::{Chart, Heat, Series};
use super::scale::ValueAxis;

/// Shades of a heat map.
pub(super) const SHADES: u8 = 5;

/// Width and height of a point without neighbours, in thousandths of a picture that is some four times as wide as high.
const LONE: (i32, i32) = (8, 40);

/// The id of the path of line `at`.
pub(super) fn line_id(chart: &Chart, at: usize) -> String {
    format!("{}-l{at}", chart.id)
}

/// The id of the path of all cells with one shade.
pub(super) fn shade_id(chart: &Chart, shade: u8) -> String {
    format!("{}-h{shade}", chart.id)
}

/// Every path of `chart`, to be used by its drawings.
pub(super) fn definitions(chart: &Chart, axis: &ValueAxis) -> Markup {
    html! {
        svg.defs aria-hidden="true" { defs {
            @if let Some(heat) = &chart.heat {
                @for shade in 1..=SHADES { path id=(shade_id(chart, shade)) d=(cells(heat, shade)) {} }
            }
            @for (at, series) in chart.series.iter().enumerate() {
                // As an attribute: a rule of the style sheet does not reach what `use` shows.
                path id=(line_id(chart, at)) vector-effect="non-scaling-stroke" d=(line(chart, series, axis)) {}
            }
        } }
    }
}

/// A share as thousandths; downwards for heights, as the picture counts.
fn along(share: f64) -> i32 {
    (share * 1_000.0).round().clamp(0.0, 1_000.0) as i32
}

fn down(share: f64) -> i32 {
    1_000 - along(share)
}

/// The line of `series`. Positions that stand for several values become an area from the smallest to the largest:
/// neither a spike nor a dip is averaged away.
fn line(chart: &Chart, series: &Series, axis: &ValueAxis) -> String {
    let mut path = String::new();
    let mut stretch: Vec<(i32, i32, i32)> = Vec::new();
    let ranged = !series.lows.is_empty();
    for (at, (position, value)) in chart.x.positions.iter().zip(&series.values).enumerate() {
        let low = if ranged { series.lows.get(at).copied().flatten() } else { *value };
        match (value.filter(|value| value.is_finite()), low.filter(|low| low.is_finite())) {
            (Some(high), Some(low)) => {
                stretch.push((along(*position), down(axis.share(high)), down(axis.share(low))));
            }
            _ => finish(&mut path, &mut stretch, ranged),
        }
    }
    finish(&mut path, &mut stretch, ranged);
    path
}

/// Adds a stretch without gaps to `path`: as a closed area when `ranged`, else as a line.
fn finish(path: &mut String, stretch: &mut Vec<(i32, i32, i32)>, ranged: bool) {
    if let [(x, high, low)] = stretch.as_slice()
        && (!ranged || high == low)
    {
        // A point alone: a cross that is seen beside a line too.
        let (wide, tall) = LONE;
        path.push_str(&format!("M{} {high}h{wide}M{x} {}v{tall}", x - wide / 2, high - tall / 2));
        return stretch.clear();
    }
    for (at, (x, high, _)) in stretch.iter().enumerate() {
        path.push_str(&format!("{}{x} {high}", if at == 0 { 'M' } else { 'L' }));
    }
    match stretch.as_slice() {
        [] => {}
        _ if ranged => {
            for (x, _, low) in stretch.iter().rev() {
                path.push_str(&format!("L{x} {low}"));
            }
            path.push('Z');
        }
        _ => {}
    }
    stretch.clear();
}

/// The cells of one shade; neighbours in a row are one rectangle.
fn cells(heat: &Heat, shade: u8) -> String {
    let mut picked: Vec<(usize, usize)> =
        heat.cells.iter().filter(|cell| cell.2 == shade).map(|(column, row, _)| (*row, *column)).collect();
    picked.sort_unstable();
    let mut path = String::new();
    let mut rest = picked.as_slice();
    while let [(row, first), ..] = *rest {
        let run = rest.iter().enumerate().take_while(|(at, cell)| **cell == (row, first + at)).count().max(1);
        rest = &rest[run..];
        let (Some((from, _)), Some((_, to))) = (heat.columns.get(first), heat.columns.get(first + run - 1))
        else {
            continue;
        };
        let edge = |row: usize| down(row as f64 / heat.rows.max(1) as f64);
        let (left, right, top, bottom) = (along(*from), along(*to), edge(row + 1), edge(row));
        // At least a thousandth wide: what happened can be seen.
        let width = (right - left).max(1);
        path.push_str(&format!("M{left} {top}h{width}v{}h-{width}z", bottom - top));
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html::plot::XAxis;

    fn drawn(series: &Series) -> String {
        let moments: Vec<f64> = (1..=series.values.len()).map(|t| t as f64).collect();
        let chart = Chart { x: XAxis::time(&moments), ..Chart::default() };
        line(&chart, series, &ValueAxis::from_zero(100.0, chart.unit))
    }

    #[test]
    fn a_gap_stays_a_gap_and_a_point_alone_is_seen() {
        let series = Series::new("a", vec![Some(0.0), Some(100.0), None, Some(50.0)]);
        assert_eq!(drawn(&series), "M250 1000L500 0M996 500h8M1000 480v40");
    }

    #[test]
    fn a_spike_within_a_position_is_drawn() {
        let mut series = Series::new("a", vec![Some(100.0), Some(50.0)]);
        series.lows = vec![Some(50.0), Some(50.0)];
        assert_eq!(drawn(&series), "M500 0L1000 500L1000 500L500 500Z");
    }

    #[test]
    fn cells_beside_each_other_are_one_rectangle() {
        let heat = Heat {
            from: 1.0,
            to: 16.0,
            columns: vec![(0.0, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 1.0)],
            rows: 2,
            cells: vec![(0, 0, 1), (1, 0, 1), (3, 0, 1), (1, 1, 1), (2, 0, 2)],
        };
        assert_eq!(cells(&heat, 1), "M0 500h500v500h-500zM750 500h250v500h-250zM250 0h250v500h-250z");
        assert_eq!(cells(&heat, 2), "M500 500h250v500h-250z");
    }
}
