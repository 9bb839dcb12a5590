//! Is the answer right? Rows are compared with the expected ones, not just "a message came".

use scenarios::Expected;
use serde_json::Value;

/// Relative tolerance between two floating point numbers. Integers and text are compared exactly.
const TOLERANCE: f64 = 1e-9;

/// Compares an answer with the expected one; `Err` says in words what differs first.
pub fn verify(
    expected: &Expected,
    ordered: bool,
    columns: &[String],
    rows: &[Vec<Value>],
) -> Result<(), String> {
    if columns != expected.columns {
        return Err(format!("columns {columns:?} instead of {:?}", expected.columns));
    }
    if rows.len() != expected.rows.len() {
        return Err(format!("{} rows instead of {}", rows.len(), expected.rows.len()));
    }
    if ordered { in_order(expected, rows) } else { in_any_order(expected, rows) }
}

fn in_order(expected: &Expected, rows: &[Vec<Value>]) -> Result<(), String> {
    let differing = rows.iter().zip(&expected.rows).position(|(row, right)| !same_row(row, right));
    differing.map_or(Ok(()), |at| {
        Err(format!("row {} is {} instead of {}", at + 1, show(&rows[at]), show(&expected.rows[at])))
    })
}

fn in_any_order(expected: &Expected, rows: &[Vec<Value>]) -> Result<(), String> {
    let mut open: Vec<&Vec<Value>> = expected.rows.iter().collect();
    for (at, row) in rows.iter().enumerate() {
        match open.iter().position(|right| same_row(row, right)) {
            Some(found) => {
                open.swap_remove(found);
            }
            None => return Err(format!("row {} is {}, which is not expected", at + 1, show(row))),
        }
    }
    Ok(())
}

fn same_row(row: &[Value], right: &[Value]) -> bool {
    row.len() == right.len() && row.iter().zip(right).all(|(value, right)| same_value(value, right))
}

fn same_value(value: &Value, right: &Value) -> bool {
    match (value, right) {
        (Value::Number(a), Value::Number(b)) => {
            let float = a.is_f64() || b.is_f64();
            match (a.as_f64(), b.as_f64()) {
                (Some(a), Some(b)) if float => {
                    a == b || (a - b).abs() <= TOLERANCE * a.abs().max(b.abs()).max(1.0)
                }
                _ => a == b,
            }
        }
        _ => value == right,
    }
}

fn show(row: &[Value]) -> String {
    let text = Value::Array(row.to_vec()).to_string();
    if text.chars().count() <= 120 { text } else { text.chars().take(120).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rows(value: Value) -> Vec<Vec<Value>> {
        serde_json::from_value(value).unwrap()
    }

    fn check(expected: Value, ordered: bool, got: Value) -> Result<(), String> {
        let expected = Expected { columns: vec!["a".to_owned(), "b".to_owned()], rows: rows(expected) };
        verify(&expected, ordered, &["a".to_owned(), "b".to_owned()], &rows(got))
    }

    #[test]
    fn order_matters_only_where_it_is_part_of_the_answer() {
        let (right, turned) = (json!([[1, "x"], [2, "y"]]), json!([[2, "y"], [1, "x"]]));
        assert_eq!(check(right.clone(), true, right.clone()), Ok(()));
        assert_eq!(check(right.clone(), false, turned.clone()), Ok(()));
        assert!(check(right, true, turned).unwrap_err().starts_with("row 1 is [2,\"y\"] instead of"));
    }

    #[test]
    fn integers_are_exact_and_floats_nearly() {
        let one = json!([[9_007_199_254_740_993_i64, 0.1]]);
        assert!(check(one.clone(), true, json!([[9_007_199_254_740_992_i64, 0.1]])).is_err());
        assert_eq!(
            check(one.clone(), true, json!([[9_007_199_254_740_993_i64, 0.100_000_000_000_01]])),
            Ok(())
        );
        assert!(check(one, true, json!([[9_007_199_254_740_993_i64, 0.1001]])).is_err());
        assert_eq!(check(json!([[2, 1]]), true, json!([[2.0, 1]])), Ok(()));
    }

    #[test]
    fn a_row_too_often_is_not_the_same_multiset() {
        let twice = json!([[1, "x"], [1, "x"], [2, "y"]]);
        assert!(check(twice, false, json!([[1, "x"], [2, "y"], [2, "y"]])).is_err());
    }

    #[test]
    fn missing_rows_and_other_columns_are_told() {
        assert_eq!(check(json!([[1, 2]]), true, json!([])), Err("0 rows instead of 1".to_owned()));
        let expected = Expected { columns: vec!["a".to_owned()], rows: Vec::new() };
        assert!(verify(&expected, true, &["b".to_owned()], &[]).unwrap_err().contains("columns"));
    }
}
