//! A result as a table for people and as CSV for machines.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde_json::Value;

/// Most rows shown in the terminal.
const SHOWN: usize = 50;

/// A column of a result.
pub(super) struct Column<'a> {
    /// Name.
    pub(super) name: &'a str,
    /// Type, as the protocol names it.
    pub(super) kind: &'a str,
}

impl Column<'_> {
    /// True for amounts in hundredths.
    fn is_money(&self) -> bool {
        self.kind == "money_cents"
    }

    /// Heading for people.
    pub(super) fn heading(&self) -> String {
        let name = if self.is_money() { self.name.trim_end_matches("_cents") } else { self.name };
        name.replace('_', " ")
    }

    /// One value for people.
    pub(super) fn shown(&self, value: &Value) -> String {
        match value {
            Value::Null => "–".to_owned(),
            Value::String(text) => text.replace(['\n', '\r', '\t'], " "),
            Value::Number(number) if self.is_money() => {
                number.as_f64().map_or_else(|| number.to_string(), |cents| grouped(cents / 100.0, 2))
            }
            Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(whole), _) if self.kind == "integer" => whole.to_string(),
                (Some(whole), _) => grouped(whole as f64, 0),
                (None, Some(real)) => grouped(real, 2),
                (None, None) => number.to_string(),
            },
            other => other.to_string(),
        }
    }
}

/// The columns of `result`.
pub(super) fn columns(result: &Value) -> Vec<Column<'_>> {
    let list = result.get("columns").and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .map(|column| Column {
            name: column.get("name").and_then(Value::as_str).unwrap_or_default(),
            kind: column.get("type").and_then(Value::as_str).unwrap_or_default(),
        })
        .collect()
}

/// The rows of `result`.
pub(super) fn rows(result: &Value) -> impl Iterator<Item = &Vec<Value>> {
    result.get("rows").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_array)
}

/// The table for the terminal.
pub(super) fn table(result: &Value) -> String {
    let columns = columns(result);
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(columns.iter().map(Column::heading));
    for (at, column) in columns.iter().enumerate() {
        if let (false, Some(shown)) = (matches!(column.kind, "text" | "date"), table.column_mut(at)) {
            shown.set_cell_alignment(CellAlignment::Right);
        }
    }
    let all = rows(result).count();
    for row in rows(result).take(SHOWN) {
        table.add_row(columns.iter().zip(row).map(|(column, value)| column.shown(value)));
    }
    let more = if all > SHOWN {
        format!("\n… and {} rows more (--format csv shows all)", all - SHOWN)
    } else {
        String::new()
    };
    format!("{table}{more}\n")
}

/// All rows as CSV (RFC 4180), amounts in hundredths as they came.
pub(super) fn csv(result: &Value) -> String {
    let line = |fields: Vec<String>| fields.join(",") + "\r\n";
    let mut text = line(columns(result).iter().map(|column| field(column.name)).collect());
    for row in rows(result) {
        text.push_str(&line(row.iter().map(csv_value).collect()));
    }
    text
}

fn csv_value(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => field(text),
        other => field(&other.to_string()),
    }
}

fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// A number with separated thousands.
fn grouped(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let (whole, fraction) =
        text.split_once('.').map_or((text.as_str(), None), |(whole, part)| (whole, Some(part)));
    let mut shown = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    let sign = if value < 0.0 { "-" } else { "" };
    fraction.map_or_else(|| format!("{sign}{shown}"), |fraction| format!("{sign}{shown}.{fraction}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn result() -> Value {
        json!({
            "columns": [{"name": "customer", "type": "text"}, {"name": "total_cents", "type": "money_cents"}],
            "rows": [["Ada, Ltd", 123_456_789], ["\"Bo\"", null]],
        })
    }

    #[test]
    fn money_is_shown_in_units_and_exported_in_cents() {
        assert!(table(&result()).contains("1,234,567.89"));
        assert_eq!(csv(&result()), "customer,total_cents\r\n\"Ada, Ltd\",123456789\r\n\"\"\"Bo\"\"\",\r\n");
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let cases =
            [(0.0, 0, "0"), (999.0, 0, "999"), (1000.0, 0, "1,000"), (-1_234_567.5, 2, "-1,234,567.50")];
        for (value, decimals, expected) in cases {
            assert_eq!(grouped(value, decimals), expected);
        }
    }
}
