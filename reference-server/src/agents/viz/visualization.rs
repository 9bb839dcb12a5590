//! What the viz agent answers.

use serde::Serialize;
use serde_json::Value;

use crate::database::{ResultColumn, Row};

/// Kinds of charts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Visualization {
    /// Kind.
    pub chart_type: ChartType,
    /// Column on the x axis; null for a single value or a table.
    pub x: Option<String>,
    /// Column on the y axis; null for a table.
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
pub fn visualize(_columns: &[ResultColumn], _rows: &[Row], title: &str) -> Visualization {
    Visualization {
        chart_type: ChartType::Table,
        x: None,
        y: None,
        series: None,
        title: title.to_owned(),
        spec: Value::Null,
    }
}
