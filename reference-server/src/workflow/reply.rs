//! What was found, in words.

use serde_json::Value;

use crate::wire::server::{Column, QueryResult};

/// Rows that are told one by one.
const TOLD: usize = 3;
/// Longest text of a value, characters.
const LONGEST: usize = 60;

/// The answer of a chat: what was asked for and what came of it. Rows that were streamed are only counted.
pub(super) fn words(title: &str, result: &QueryResult) -> String {
    let title = if title.is_empty() { "Result" } else { title };
    let told: Vec<String> = result
        .rows
        .iter()
        .take(TOLD)
        .filter_map(|row| {
            Some(describe(&result.columns, &serde_json::from_str::<Vec<Value>>(row.get()).ok()?))
        })
        .collect();
    let count = number(result.row_count);
    match (result.row_count, told.as_slice()) {
        (0, _) => format!("{title}: nothing was found."),
        (1, [only]) => format!("{title}: {only}."),
        (1, []) => format!("{title}: 1 row."),
        (_, told) => {
            let least = if result.truncated { "the first " } else { "" };
            let first = match told {
                [] => String::new(),
                told => format!(": {}", told.join("; ")),
            };
            let more = match result.row_count.saturating_sub(told.len() as u64) {
                0 => String::new(),
                _ if told.is_empty() => String::new(),
                more => format!("; and {} more", number(more)),
            };
            format!("{title}: {least}{count} rows{first}{more}.")
        }
    }
}

/// One row: its values, those of money in whole units. A lone value needs no name.
fn describe(columns: &[Column], row: &[Value]) -> String {
    let values = row.iter().zip(columns).map(|(value, column)| shown(value, column));
    values.collect::<Vec<_>>().join(", ")
}

fn shown(value: &Value, column: &Column) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::Number(cents) if column.kind == "money_cents" => {
            let cents = cents.as_f64().unwrap_or_default();
            grouped(&format!("{:.2}", cents / 100.0))
        }
        Value::Number(whole) if whole.is_i64() || whole.is_u64() => {
            // A year is no quantity.
            let text = whole.to_string();
            if column.name.contains("year") || column.name.ends_with("_id") { text } else { grouped(&text) }
        }
        Value::Number(real) => grouped(&format!("{:.2}", real.as_f64().unwrap_or_default())),
        Value::String(text) if text.chars().count() > LONGEST => {
            text.chars().take(LONGEST - 1).chain(['…']).collect()
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn number(count: u64) -> String {
    grouped(&count.to_string())
}

/// Thousands set apart by commas.
fn grouped(text: &str) -> String {
    let (sign, text) = text.strip_prefix('-').map_or(("", text), |text| ("-", text));
    let (whole, rest) = text.find('.').map_or((text, ""), |at| text.split_at(at));
    let mut shown = String::from(sign);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;
    use serde_json::json;
    use serde_json::value::to_raw_value;

    use super::*;
    use crate::wire::identity::TransactionId;
    use crate::wire::server::{ContextSource, RunStatus, UsedContext};

    fn result(columns: &[(&str, &str)], rows: &[Value], row_count: u64, truncated: bool) -> QueryResult {
        let column =
            |(name, kind): &(&str, &str)| Column { name: (*name).to_owned(), kind: (*kind).to_owned() };
        QueryResult {
            transaction_id: TransactionId::random(),
            status: RunStatus::Completed,
            sql: String::new(),
            columns: columns.iter().map(column).collect(),
            rows: rows.iter().map(|row| to_raw_value(row).unwrap()).collect(),
            row_count,
            truncated,
            visualization: to_raw_value(&json!({})).unwrap(),
            timings_ms: IndexMap::new(),
            database_context: UsedContext {
                database: "d".to_owned(),
                tables: None,
                source: ContextSource::Default,
            },
            translator: None,
            report: None,
            progress_events: Vec::new(),
        }
    }

    #[test]
    fn what_was_found_is_said_in_words() {
        let money = [("revenue_cents", "money_cents")];
        let by = [("country", "text"), ("revenue_cents", "money_cents")];
        let rows = [
            json!(["Germany", 123_456_789]),
            json!(["France", -5]),
            json!(["Spain", 0]),
            json!(["Italy", 1]),
        ];
        for (title, result, words) in [
            ("Revenue", result(&money, &[json!([123_456])], 1, false), "Revenue: 1,234.56."),
            ("Revenue", result(&money, &[], 0, false), "Revenue: nothing was found."),
            (
                "Revenue by country",
                result(&by, &rows, 1_200, true),
                "Revenue by country: the first 1,200 rows: Germany, 1,234,567.89; France, -0.05; Spain, 0.00; and 1,197 more.",
            ),
            ("", result(&by, &rows[..2], 2, false), "Result: 2 rows: Germany, 1,234,567.89; France, -0.05."),
            ("Revenue", result(&by, &[], 5, false), "Revenue: 5 rows."),
        ] {
            assert_eq!(super::words(title, &result), words);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_value_can_be_shown(text in "\\PC{0,80}", number: i64, real: f64) {
            for kind in ["money_cents", "integer", "real", "text"] {
                let column = Column { name: "n".to_owned(), kind: kind.to_owned() };
                for value in [json!(text), json!(number), json!(real), json!([1]), Value::Null] {
                    let _ = shown(&value, &column);
                }
            }
        }
    }
}
