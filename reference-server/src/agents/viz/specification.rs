//! The Vega-Lite 5 specification of a chosen chart.
//!
//! Money comes in cents: a transform divides it, so that the data stay what the database said. Time is an
//! ordinal axis of texts: `2024-03` parsed as a moment would move with the reader's time zone.

use serde_json::{Map, Value, json};

use super::ChartType;
use super::choice::Choice;
use crate::database::{ColumnKind, ResultColumn, Row};

const SCHEMA: &str = "https://vega.github.io/schema/vega-lite/v5.json";
/// Rows of a table that are drawn; the rest is in the result.
const TABLE_ROWS: usize = 50;

/// Writes the specification.
pub(super) fn specification(columns: &[ResultColumn], rows: &[Row], choice: &Choice, title: &str) -> Value {
    let drawing = Drawing { columns, keys: keys(columns), choice };
    let rows = if choice.chart_type == ChartType::Table { &rows[..rows.len().min(TABLE_ROWS)] } else { rows };
    let mut spec = json!({
        "$schema": SCHEMA,
        "title": title,
        "width": "container",
        "data": {"values": drawing.values(rows)},
    });
    let transforms = drawing.transforms();
    if !transforms.is_empty() {
        spec["transform"] = Value::Array(transforms);
    }
    spec["mark"] = drawing.mark();
    spec["encoding"] = drawing.encoding();
    spec
}

struct Drawing<'a> {
    columns: &'a [ResultColumn],
    /// Field names: those of the columns, where Vega can't misread them.
    keys: Vec<String>,
    choice: &'a Choice,
}

/// Dots and brackets are paths to Vega, and two columns may have one name.
fn keys(columns: &[ResultColumn]) -> Vec<String> {
    let plain = |name: &str| {
        !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b' ')
    };
    let once = |name: &str| columns.iter().filter(|column| column.name == name).count() == 1;
    let key = |(at, column): (usize, &ResultColumn)| {
        if plain(&column.name) && once(&column.name) {
            column.name.clone()
        } else {
            format!("column {}", at + 1)
        }
    };
    columns.iter().enumerate().map(key).collect()
}

impl Drawing<'_> {
    fn values(&self, rows: &[Row]) -> Vec<Value> {
        let object = |row: &Row| self.keys.iter().cloned().zip(row.iter().cloned()).collect::<Map<_, _>>();
        rows.iter().map(|row| Value::Object(object(row))).collect()
    }

    fn kind(&self, at: usize) -> ColumnKind {
        self.columns[at].kind
    }

    /// The field that is drawn: money has one of its own, in whole units.
    fn field(&self, at: usize) -> String {
        let money = self.kind(at) == ColumnKind::MoneyCents && self.choice.chart_type != ChartType::Table;
        if money { format!("{} in USD", self.keys[at]) } else { self.keys[at].clone() }
    }

    fn transforms(&self) -> Vec<Value> {
        let choice = self.choice;
        if choice.chart_type == ChartType::Table {
            return self.table_transforms();
        }
        let drawn = [choice.x, choice.y].into_iter().flatten().chain(choice.folded.iter().copied());
        let mut done = Vec::new();
        let mut transforms = Vec::new();
        for at in drawn.filter(|at| self.kind(*at) == ColumnKind::MoneyCents) {
            if !done.contains(&at) {
                done.push(at);
                let calculate = format!("datum['{}'] / 100", self.keys[at]);
                transforms.push(json!({"calculate": calculate, "as": self.field(at)}));
            }
        }
        if !choice.folded.is_empty() {
            let fields: Vec<String> = choice.folded.iter().map(|at| self.field(*at)).collect();
            transforms.push(json!({"fold": fields, "as": ["measure", "value"]}));
        }
        transforms
    }

    /// A grid of texts, one line a row.
    fn table_transforms(&self) -> Vec<Value> {
        let mut transforms = vec![json!({"window": [{"op": "row_number", "as": "row number"}]})];
        for (at, column) in self.columns.iter().enumerate() {
            if column.kind == ColumnKind::MoneyCents {
                let key = &self.keys[at];
                let calculate =
                    format!("isValid(datum['{key}']) ? format(datum['{key}'] / 100, '$,.2f') : ''");
                transforms.push(json!({"calculate": calculate, "as": key}));
            }
        }
        transforms.push(json!({"fold": self.keys, "as": ["column", "cell"]}));
        transforms
    }

    fn mark(&self) -> Value {
        match self.choice.chart_type {
            ChartType::Kpi => json!({"type": "text", "fontSize": 40, "fontWeight": "bold"}),
            ChartType::Bar | ChartType::HorizontalBar | ChartType::GroupedBar => {
                json!({"type": "bar", "tooltip": true})
            }
            ChartType::Line | ChartType::MultiLine => json!({"type": "line", "point": true, "tooltip": true}),
            ChartType::Pie => json!({"type": "arc", "tooltip": true}),
            ChartType::Scatter => json!({"type": "point", "tooltip": true}),
            ChartType::Table => json!({"type": "text", "align": "left"}),
        }
    }

    fn encoding(&self) -> Value {
        let choice = self.choice;
        match (choice.chart_type, choice.x, choice.y) {
            (ChartType::Kpi, _, Some(y)) => {
                json!({"text": {"field": self.field(y), "type": "quantitative", "format": self.format(y, true)}})
            }
            (ChartType::Pie, Some(x), Some(y)) => json!({
                "theta": {"field": self.field(y), "type": "quantitative", "stack": true},
                "color": {"field": self.field(x), "type": "nominal", "title": self.title(x), "sort": null},
                "order": {"field": self.field(y), "type": "quantitative", "sort": "descending"},
            }),
            (ChartType::HorizontalBar, Some(x), Some(y)) => json!({
                "y": {"field": self.field(y), "type": "nominal", "title": self.title(y), "sort": null},
                "x": self.measure(x),
            }),
            (ChartType::Scatter, Some(x), Some(y)) => json!({"x": self.measure(x), "y": self.measure(y)}),
            (_, Some(x), Some(y)) => self.upright(x, y),
            _ => json!({
                "y": {"field": "row number", "type": "ordinal", "axis": null},
                "x": {"field": "column", "type": "nominal", "title": null, "sort": self.keys,
                    "axis": {"orient": "top", "labelAngle": 0}},
                "text": {"field": "cell", "type": "nominal"},
            }),
        }
    }

    /// Lines and upright bars, one colour per series.
    fn upright(&self, x: usize, y: usize) -> Value {
        let mut encoding = json!({
            "x": {"field": self.field(x), "type": "ordinal", "title": self.title(x), "sort": null,
                "axis": {"labelOverlap": "greedy", "labelAngle": if self.time_like(x) { -45 } else { 0 }}},
            "y": self.measure(y),
        });
        let grouped = self.choice.chart_type == ChartType::GroupedBar;
        if let Some(series) = self.choice.series {
            encoding["color"] = json!({"field": self.field(series), "type": "nominal", "title": self.title(series), "sort": null});
            if grouped {
                encoding["xOffset"] = json!({"field": self.field(series), "type": "nominal", "sort": null});
            }
        } else if !self.choice.folded.is_empty() {
            encoding["y"] = json!({"field": "value", "type": "quantitative", "title": null,
                "axis": {"format": self.format(y, false)}, "scale": {"zero": true}});
            encoding["color"] = json!({"field": "measure", "type": "nominal", "title": null, "sort": null});
            if grouped {
                encoding["xOffset"] = json!({"field": "measure", "type": "nominal", "sort": null});
            }
        }
        encoding
    }

    fn time_like(&self, at: usize) -> bool {
        self.kind(at) == ColumnKind::Date
    }

    fn measure(&self, at: usize) -> Value {
        json!({"field": self.field(at), "type": "quantitative", "title": self.title(at),
            "axis": {"format": self.format(at, false)}, "scale": {"zero": true}})
    }

    fn format(&self, at: usize, exact: bool) -> &'static str {
        match (self.kind(at), exact) {
            (ColumnKind::MoneyCents, true) => "$,.2f",
            (ColumnKind::MoneyCents, false) => "$,.0f",
            (ColumnKind::Real, _) => ",.2f",
            _ => ",.0f",
        }
    }

    /// `average_order_value_cents` is "Average order value (USD)", `share_percent` is "Share (%)".
    fn title(&self, at: usize) -> String {
        let name = &self.columns[at].name;
        let (name, unit) = match (self.kind(at), name.strip_suffix("_percent")) {
            (ColumnKind::MoneyCents, _) => (name.trim_end_matches("_cents"), " (USD)"),
            (_, Some(name)) => (name, " (%)"),
            _ => (name.as_str(), ""),
        };
        let words = name.replace('_', " ");
        let mut characters = words.chars();
        let first = characters.next().into_iter().flat_map(char::to_uppercase);
        first.chain(characters).chain(unit.chars()).collect()
    }
}
