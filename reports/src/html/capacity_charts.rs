//! The charts of a capacity search.

use std::cmp::Ordering;

use super::plot::{Band, Chart, Limit, Series, Unit, XAxis};
use crate::model::{CapacityReport, LevelRun, LevelVerdict, Resource, Scalability, Surface};
use crate::wording::{self, count, plain};

/// A resource as a heading.
pub(super) fn resource_name(resource: Resource) -> &'static str {
    match resource {
        Resource::ServerCpu => "CPU of the server",
        Resource::DatabaseCpu => "CPU of the database",
        Resource::DatabasePool => "database connections",
        Resource::QueryPlaces => "places for queries",
        Resource::AgentStage => "an agent stage",
        Resource::Sockets => "open files",
        Resource::Memory => "memory",
    }
}

/// Valid runs by load, one of each level: the slowest, which is the one that decides.
fn by_load(report: &CapacityReport) -> Vec<&LevelRun> {
    let mut runs: Vec<&LevelRun> =
        report.runs.iter().filter(|run| run.verdict != LevelVerdict::Invalid).collect();
    runs.sort_by(|a, b| a.sessions.cmp(&b.sessions).then_with(|| b.p99_us.cmp(&a.p99_us)));
    runs.dedup_by_key(|run| run.sessions);
    runs
}

/// Latency against load, the boundary shaded; `None` with fewer than two levels.
pub(super) fn latency(report: &CapacityReport) -> Option<Chart> {
    let runs = by_load(report);
    let end = runs.last().filter(|_| runs.len() > 1)?.sessions as f64;
    let loads: Vec<f64> = runs.iter().map(|run| run.sessions as f64).collect();
    let ms = |us: Option<u64>| us.map(|us| us as f64 / 1e3);
    let title = match (report.boundary.last_pass, report.boundary.first_fail) {
        (Some(pass), Some(fail)) => {
            format!("Limits are kept up to {} sessions and broken at {}", count(pass), count(fail))
        }
        (Some(pass), None) => format!("Limits are kept up to {} sessions, the highest level", count(pass)),
        (None, _) => "Limits are broken at every level".to_owned(),
    };
    let from = report.boundary.last_pass.unwrap_or(0) as f64;
    let to = report.boundary.first_fail.map(|fail| fail as f64);
    let bands = to.map(|to| Band { from: from / end, to: (to / end).min(1.0), name: "limit".to_owned() });
    Some(Chart {
        id: "chart-capacity-latency".to_owned(),
        title,
        subtitle: "time to the result from the intended moment, by sessions".to_owned(),
        x: XAxis::numbers("sessions", &loads),
        unit: Unit::Millis,
        series: vec![
            Series::new("p99", runs.iter().map(|run| ms(run.p99_us)).collect()),
            Series::new("p50", runs.iter().map(|run| ms(run.p50_us)).collect()),
        ],
        limits: limits(report),
        bands: bands.into_iter().collect(),
        ..Chart::default()
    })
}

/// The limit of the time to the result, when the scenario has one.
fn limits(report: &CapacityReport) -> Vec<Limit> {
    let first = report.runs.first();
    let limit =
        first.and_then(|run| run.limits.iter().find(|limit| limit.name.ends_with("(query.result.intended)")));
    let value = limit.and_then(|limit| millis(&limit.limit));
    value
        .map(|value| Limit { value, label: format!("limit {}", wording::millis(value)) })
        .into_iter()
        .collect()
}

/// Milliseconds of `< 2s`, as thresholds write it.
fn millis(limit: &str) -> Option<f64> {
    let text = limit.trim_start_matches(['<', '=', ' ']);
    let digits = text.trim_end_matches(|c: char| c.is_alphabetic());
    let value: f64 = digits.trim().parse().ok()?;
    match &text[digits.len()..] {
        "us" => Some(value / 1e3),
        "ms" => Some(value),
        "s" => Some(value * 1e3),
        _ => None,
    }
}

/// Each of `values` once, the smallest first.
pub(super) fn ascending<T: PartialOrd>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut sorted: Vec<T> = values.collect();
    sorted.sort_by(|a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal));
    sorted.dedup();
    sorted
}

/// The edge of what is held: sessions against queries a second, a line for each fan-out; `None` with a single rate.
pub(super) fn frontier(surface: &Surface) -> Option<Chart> {
    let rates = ascending(surface.frontier.iter().map(|edge| edge.queries_per_s));
    let (first, last) = (*rates.first()?, *rates.last().filter(|_| rates.len() > 1)?);
    let fans = ascending(surface.frontier.iter().map(|edge| edge.fan_out));
    let held = |fan: u64, rate: f64| {
        let mut edges = surface.frontier.iter();
        let edge = edges.find(|edge| edge.fan_out == fan && edge.queries_per_s == rate)?;
        // Where not even the fewest are held the edge lies on the axis.
        Some(edge.sessions.unwrap_or(0) as f64)
    };
    let fan = *fans.first()?;
    let told = |rate: f64| match held(fan, rate) {
        Some(sessions) if sessions > 0.0 => plain(sessions),
        _ => "none".to_owned(),
    };
    let name = |fan: u64| if fan == 1 { "by itself".to_owned() } else { format!("by {fan}") };
    Some(Chart {
        id: "chart-capacity-frontier".to_owned(),
        title: format!(
            "{} sessions are held at {}/s, {} at {}/s, watched {}",
            told(first),
            plain(first),
            told(last),
            plain(last),
            name(fan)
        ),
        subtitle: "most sessions held by queries a second, a line for how many watch each session".to_owned(),
        x: XAxis::numbers("queries a second", &rates),
        unit: Unit::Count,
        series: fans
            .iter()
            .map(|fan| Series::new(name(*fan), rates.iter().map(|rate| held(*fan, *rate)).collect()))
            .collect(),
        ..Chart::default()
    })
}

/// Throughput against load: what was measured, the law and its band, knee and peak shaded apart.
pub(super) fn throughput(report: &CapacityReport, law: &Scalability) -> Chart {
    let runs = by_load(report);
    let mut loads: Vec<f64> = law.curve.iter().map(|point| point.sessions).collect();
    loads.extend(runs.iter().map(|run| run.peak as f64));
    loads.sort_by(f64::total_cmp);
    loads.dedup();
    let end = loads.last().copied().unwrap_or(1.0).max(1.0);
    let measured =
        |load: &f64| runs.iter().find(|run| run.peak as f64 == *load).map(|run| run.achieved_per_s);
    let along = |of: fn(&crate::model::CurvePoint) -> f64| {
        let at = |load: &f64| law.curve.iter().find(|point| point.sessions == *load).map(of);
        // A line needs neighbours: what lies between two points of the curve is on the straight line there.
        loads.iter().map(|load| at(load).or_else(|| between(law, *load, of))).collect::<Vec<_>>()
    };
    let title = match (law.seen_knee(), law.seen_peak()) {
        (Some(knee), Some(peak)) => format!(
            "Throughput bends at {} sessions and is largest at {}",
            plain(knee.value.round()),
            plain(peak.value.round())
        ),
        (Some(knee), None) => format!("Throughput bends at {} sessions", plain(knee.value.round())),
        _ => "Throughput grows with the sessions as far as was measured".to_owned(),
    };
    let beyond = law.largest_level / end;
    Chart {
        id: "chart-capacity-throughput".to_owned(),
        title,
        subtitle: "queries a second by sessions: measured, by the law, and its 95 % band".to_owned(),
        x: XAxis::numbers("sessions", &loads),
        unit: Unit::PerSecond,
        series: vec![
            Series::new("measured", loads.iter().map(measured).collect()),
            Series::new("law", along(|point| point.throughput.value)),
            Series::new("at most", along(|point| point.throughput.high)),
            Series::new("at least", along(|point| point.throughput.low)),
        ],
        bands: vec![Band { from: beyond.min(1.0), to: 1.0, name: "not measured".to_owned() }],
        ..Chart::default()
    }
}

fn between(law: &Scalability, load: f64, of: fn(&crate::model::CurvePoint) -> f64) -> Option<f64> {
    let above = law.curve.iter().position(|point| point.sessions > load).filter(|at| *at > 0)?;
    let (left, right) = (&law.curve[above - 1], &law.curve[above]);
    let share = (load - left.sessions) / (right.sessions - left.sessions);
    Some(of(left) + share * (of(right) - of(left)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FrontierPoint;

    #[test]
    fn limits_are_read_as_thresholds_write_them() {
        assert_eq!(millis("< 2s"), Some(2_000.0));
        assert_eq!(millis("<= 1.5ms"), Some(1.5));
        assert_eq!(millis("< 900us"), Some(0.9));
        assert_eq!((millis("< 5"), millis(""), millis("== x")), (None, None, None));
    }

    fn edge(fan_out: u64, queries_per_s: f64, sessions: Option<u64>) -> FrontierPoint {
        FrontierPoint { queries_per_s, fan_out, sessions }
    }

    #[test]
    fn the_edge_is_drawn_for_each_fan_out_and_lies_on_the_axis_where_nothing_is_held() {
        let frontier = vec![
            edge(1, 50.0, Some(800)),
            edge(1, 100.0, Some(400)),
            edge(10, 50.0, Some(200)),
            edge(10, 100.0, None),
        ];
        let chart = super::frontier(&Surface { points: Vec::new(), frontier }).unwrap();
        let lines: Vec<_> = chart.series.iter().map(|line| (&*line.name, line.values.clone())).collect();
        let wanted = [("by itself", vec![Some(800.0), Some(400.0)]), ("by 10", vec![Some(200.0), Some(0.0)])];
        assert_eq!(lines, wanted);
        assert_eq!(chart.title, "800 sessions are held at 50/s, 400 at 100/s, watched by itself");
    }

    #[test]
    fn one_rate_makes_no_line() {
        let frontier = vec![edge(1, 50.0, Some(800)), edge(10, 50.0, None)];
        assert_eq!(super::frontier(&Surface { points: Vec::new(), frontier }), None);
    }
}
