//! What the columns of a result are.
//!
//! In this order: a name that ends in `_cents` with whole numbers is money; a name the catalogue gives one kind
//! only has that kind, where the values agree; otherwise the values decide.

use serde_json::Value;

use super::{ColumnKind, DatabaseInfo, ResultColumn, Row};

/// Names and kinds of result columns, judged by the first rows.
pub(super) fn columns(names: &[String], rows: &[Row], database: &DatabaseInfo) -> Vec<ResultColumn> {
    let kind = |(at, name): (usize, &String)| {
        let seen = by_values(rows.iter().filter_map(|row| row.get(at)));
        ResultColumn { name: name.clone(), kind: decide(name, seen, database) }
    };
    names.iter().enumerate().map(kind).collect()
}

fn decide(name: &str, seen: Option<ColumnKind>, database: &DatabaseInfo) -> ColumnKind {
    if name.ends_with("_cents") && matches!(seen, None | Some(ColumnKind::Integer)) {
        return ColumnKind::MoneyCents;
    }
    let mut declared = database
        .tables
        .iter()
        .flat_map(|table| &table.columns)
        .filter(|column| column.name == name)
        .map(|column| column.kind);
    let first = declared.next();
    let declared = first.filter(|first| declared.all(|kind| kind == *first));
    match (seen, declared) {
        (None, Some(declared)) => declared,
        (None, None) | (Some(ColumnKind::Date), Some(ColumnKind::Text)) => ColumnKind::Text,
        (Some(seen), _) => seen,
    }
}

/// The one kind all values have; whole and other numbers together are real; nothing but nulls is unknown.
fn by_values<'a>(values: impl Iterator<Item = &'a Value>) -> Option<ColumnKind> {
    let mut kind = None;
    for value in values {
        let this = match value {
            Value::Null => continue,
            Value::Number(number) if number.is_f64() => ColumnKind::Real,
            Value::Number(_) | Value::Bool(_) => ColumnKind::Integer,
            Value::String(text) if is_date(text) => ColumnKind::Date,
            _ => ColumnKind::Text,
        };
        kind = match (kind, this) {
            (None, this) => Some(this),
            (Some(before), this) if before == this => Some(this),
            (Some(ColumnKind::Integer | ColumnKind::Real), ColumnKind::Integer | ColumnKind::Real) => {
                Some(ColumnKind::Real)
            }
            _ => return Some(ColumnKind::Text),
        };
    }
    kind
}

/// `YYYY-MM-DD`, `YYYY-MM` or `YYYY-Qn`; a year alone can't be told from any other text.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |from: usize, to: usize| bytes[from..to].iter().all(u8::is_ascii_digit);
    let dash = |at: usize| bytes[at] == b'-';
    match bytes.len() {
        10 => digits(0, 4) && dash(4) && digits(5, 7) && dash(7) && digits(8, 10),
        7 if bytes[5] == b'Q' => digits(0, 4) && dash(4) && (b'1'..=b'4').contains(&bytes[6]),
        7 => digits(0, 4) && dash(4) && digits(5, 7),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::database::catalog;

    fn kind(name: &str, values: &[Value]) -> ColumnKind {
        let rows: Vec<Row> = values.iter().map(|value| vec![value.clone()]).collect();
        columns(&[name.to_owned()], &rows, &catalog()[0])[0].kind
    }

    #[test]
    fn kinds_follow_names_and_values() {
        for (name, values, expected) in [
            ("revenue_cents", vec![json!(1), json!(null)], ColumnKind::MoneyCents),
            ("revenue_cents", vec![], ColumnKind::MoneyCents),
            ("revenue_cents", vec![json!(1.5)], ColumnKind::Real),
            ("month", vec![json!("2024-01")], ColumnKind::Date),
            ("quarter", vec![json!("2024-Q1"), json!("2024-Q4")], ColumnKind::Date),
            ("quarter", vec![json!("2024-Q1"), json!("2024-Q5")], ColumnKind::Text),
            ("day", vec![json!("2024-01-31")], ColumnKind::Date),
            ("order_date", vec![], ColumnKind::Date),
            ("city", vec![json!("2024-01-31")], ColumnKind::Text),
            ("share", vec![json!(1), json!(0.5)], ColumnKind::Real),
            ("number", vec![json!(1), json!("x")], ColumnKind::Text),
            ("nothing", vec![json!(null)], ColumnKind::Text),
        ] {
            assert_eq!(kind(name, &values), expected, "{name} {values:?}");
        }
    }
}
