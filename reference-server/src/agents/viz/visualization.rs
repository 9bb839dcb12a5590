//! What the viz agent answers.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::{choice, specification};
use crate::database::{ResultColumn, Row};

/// Rows a specification holds at most.
const MOST_ROWS: usize = 200;

/// Kinds of charts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChartType {
    /// One number.
    Kpi,
    /// Vertical bars.
    Bar,
    /// Horizontal bars, for long labels or many of them.
    HorizontalBar,
    /// Bars side by side, one colour per series.
    GroupedBar,
    /// One line over time.
    Line,
    /// Several lines over time.
    MultiLine,
    /// Shares of a whole, few of them.
    Pie,
    /// Two numbers against each other.
    Scatter,
    /// Everything else.
    Table,
}

/// A chart, as it goes to the client.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Visualization {
    /// Kind.
    pub chart_type: ChartType,
    /// Column on the x axis (the labels of a pie); null for a table.
    pub x: Option<String>,
    /// Column on the y axis (the shares of a pie, the single value); null for a table.
    pub y: Option<String>,
    /// Column that tells series apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub series: Option<String>,
    /// Title.
    pub title: String,
    /// Vega-Lite 5 specification with inline data (at most 200 rows).
    pub spec: Value,
}

/// Chooses a chart for a result (or its first rows) and writes its specification.
pub fn visualize(columns: &[ResultColumn], rows: &[Row], title: &str) -> Visualization {
    let rows = &rows[..rows.len().min(MOST_ROWS)];
    let choice = choice::choose(columns, rows);
    let name = |at: Option<usize>| at.and_then(|at| columns.get(at)).map(|column| column.name.clone());
    Visualization {
        chart_type: choice.chart_type,
        x: name(choice.x),
        y: name(choice.y),
        series: name(choice.series),
        title: title.to_owned(),
        spec: specification::specification(columns, rows, &choice, title),
    }
}

/// Marks some points of a line, by the texts of its x axis. Other charts stay as they are.
pub fn mark_points(visualization: &mut Visualization, marked: &[&str]) {
    let Some(x) = visualization.x.as_ref().filter(|_| visualization.chart_type == ChartType::Line) else {
        return;
    };
    if marked.is_empty() {
        return;
    }
    let Some(spec) = visualization.spec.as_object_mut() else { return };
    let (Some(mark), Some(encoding)) = (spec.remove("mark"), spec.remove("encoding")) else { return };
    let points = json!({
        "transform": [{"filter": {"field": x, "oneOf": marked}}],
        "mark": {"type": "point", "filled": true, "size": 120, "color": "#d62728", "tooltip": true},
        "encoding": encoding.clone(),
    });
    spec.insert("layer".to_owned(), json!([{"mark": mark, "encoding": encoding}, points]));
}
