//! Which chart: rules over column types and cardinality.

use std::collections::HashSet;

use serde_json::Value;

use super::ChartType;
use crate::database::{ColumnKind, ResultColumn, Row};

/// Most lines or colours a reader can tell apart.
const MOST_SERIES: usize = 12;
/// Most slices of a pie.
const MOST_SLICES: usize = 6;
/// Most vertical bars, and the longest label that fits under one.
const MOST_BARS: usize = 12;
const LONGEST_LABEL: usize = 14;
/// Most horizontal bars.
const MOST_HORIZONTAL: usize = 50;

/// A chart and the columns it draws, by place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) chart_type: ChartType,
    pub(super) x: Option<usize>,
    pub(super) y: Option<usize>,
    pub(super) series: Option<usize>,
    /// Several measures of one kind, drawn as one series each.
    pub(super) folded: Vec<usize>,
}

impl Choice {
    fn of(chart_type: ChartType, x: impl Into<Option<usize>>, y: impl Into<Option<usize>>) -> Self {
        Self { chart_type, x: x.into(), y: y.into(), series: None, folded: Vec::new() }
    }

    fn with_series(self, series: usize) -> Self {
        Self { series: Some(series), ..self }
    }

    fn folding(self, folded: &[usize]) -> Self {
        Self { folded: folded.to_vec(), ..self }
    }
}

/// What a column is for.
struct Roles {
    times: Vec<usize>,
    labels: Vec<usize>,
    measures: Vec<usize>,
}

/// Chooses a chart.
pub(super) fn choose(columns: &[ResultColumn], rows: &[Row]) -> Choice {
    let table = || Choice::of(ChartType::Table, None, None);
    let roles = roles(columns, rows);
    let (Some(&y), false) = (roles.measures.first(), rows.is_empty()) else { return table() };
    let same_kind = roles.measures.iter().all(|at| columns[*at].kind == columns[y].kind);
    let measures = roles.measures.as_slice();
    if rows.len() == 1 {
        return match (roles.times.as_slice(), roles.labels.as_slice(), measures) {
            ([], [], [_]) => Choice::of(ChartType::Kpi, None, y),
            ([x], [], [_]) | ([], [x], [_]) => Choice::of(ChartType::Kpi, *x, y),
            _ => table(),
        };
    }
    match (roles.times.as_slice(), roles.labels.as_slice()) {
        ([time], []) if measures.len() > 1 && same_kind => {
            let chart_type = if rows.len() > 2 { ChartType::MultiLine } else { ChartType::GroupedBar };
            Choice::of(chart_type, *time, y).folding(measures)
        }
        ([time], []) if rows.len() > 2 => Choice::of(ChartType::Line, *time, y),
        ([time], []) => Choice::of(ChartType::Bar, *time, y),
        ([time], [label]) if distinct(rows, *label) <= MOST_SERIES => {
            let chart_type =
                if distinct(rows, *time) > 2 { ChartType::MultiLine } else { ChartType::GroupedBar };
            Choice::of(chart_type, *time, y).with_series(*label)
        }
        ([], [label]) => labelled(columns, rows, *label, measures, same_kind),
        ([], [label, series])
            if distinct(rows, *series) <= MOST_SERIES && distinct(rows, *label) <= MOST_HORIZONTAL =>
        {
            Choice::of(ChartType::GroupedBar, *label, y).with_series(*series)
        }
        ([], []) if measures.len() == 2 => Choice::of(ChartType::Scatter, y, measures[1]),
        _ => table(),
    }
}

/// One label and one or more measures.
fn labelled(
    columns: &[ResultColumn],
    rows: &[Row],
    label: usize,
    measures: &[usize],
    same_kind: bool,
) -> Choice {
    let y = measures[0];
    let share = measures.iter().copied().find(|at| is_share(columns, rows, *at));
    if let (Some(share), true) = (share, rows.len() <= MOST_SLICES) {
        return Choice::of(ChartType::Pie, label, share);
    }
    if measures.len() > 1 && same_kind && rows.len() <= MOST_BARS {
        return Choice::of(ChartType::GroupedBar, label, y).folding(measures);
    }
    let short = rows.iter().all(|row| text(row.get(label)).chars().count() <= LONGEST_LABEL);
    if rows.len() <= MOST_BARS && short {
        Choice::of(ChartType::Bar, label, y)
    } else if rows.len() <= MOST_HORIZONTAL {
        Choice::of(ChartType::HorizontalBar, y, label)
    } else {
        Choice::of(ChartType::Table, None, None)
    }
}

/// Keys are labels, though they are numbers; years are times, though they are text.
fn roles(columns: &[ResultColumn], rows: &[Row]) -> Roles {
    let mut roles = Roles { times: Vec::new(), labels: Vec::new(), measures: Vec::new() };
    for (at, column) in columns.iter().enumerate() {
        let key = column.name.ends_with("_id") || column.name.ends_with("key");
        let years = column.name == "year" && rows.iter().all(|row| is_year(row.get(at)));
        match column.kind {
            _ if years => roles.times.push(at),
            ColumnKind::Date => roles.times.push(at),
            ColumnKind::Text => roles.labels.push(at),
            ColumnKind::Integer if key => roles.labels.push(at),
            ColumnKind::Integer | ColumnKind::Real | ColumnKind::MoneyCents => roles.measures.push(at),
        }
    }
    roles
}

fn is_year(value: Option<&Value>) -> bool {
    let text = text(value);
    text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A percentage that is a part of a whole: none below zero, together about 100.
fn is_share(columns: &[ResultColumn], rows: &[Row], at: usize) -> bool {
    let values: Option<Vec<f64>> = rows.iter().map(|row| row.get(at).and_then(Value::as_f64)).collect();
    columns[at].name.contains("share")
        && values.is_some_and(|values| {
            values.iter().all(|value| *value >= 0.0) && (values.iter().sum::<f64>() - 100.0).abs() < 1.0
        })
}

fn distinct(rows: &[Row], at: usize) -> usize {
    rows.iter().map(|row| text(row.get(at))).collect::<HashSet<_>>().len()
}

fn text(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}
