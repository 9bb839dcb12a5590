//! Values of a server as the protocol has them: the same numbers and texts that SQLite gives.

use mysql_async::consts::ColumnType;
use mysql_async::{Column, Row as Record, Value as Sql};
use serde_json::Value;

use crate::database::Row;

/// Character set of bytes that are no text.
const BINARY: u16 = 63;

/// A row as JSON scalars, and about how many bytes of JSON it is.
pub(super) fn scalars(record: Record) -> (Row, u64) {
    let columns = record.columns();
    let mut row = Row::with_capacity(columns.len());
    let mut bytes = 2;
    for (value, column) in record.unwrap().into_iter().zip(columns.iter()) {
        let value = scalar(value, column);
        bytes += 1 + match &value {
            Value::String(text) => text.len() as u64 + 2,
            Value::Number(number) if number.is_f64() => 16,
            Value::Number(_) => 8,
            _ => 4,
        };
        row.push(value);
    }
    (row, bytes)
}

fn scalar(value: Sql, column: &Column) -> Value {
    match value {
        Sql::NULL => Value::Null,
        Sql::Int(number) => Value::from(number),
        Sql::UInt(number) => Value::from(number),
        // By its shortest text: 0.1 is 0.1 and not 0.10000000149011612.
        Sql::Float(number) => number.to_string().parse::<f64>().map_or(Value::Null, Value::from),
        Sql::Double(number) => Value::from(number),
        Sql::Date(year, month, day, 0, 0, 0, 0) if column.column_type() == ColumnType::MYSQL_TYPE_DATE => {
            Value::from(format!("{year:04}-{month:02}-{day:02}"))
        }
        Sql::Date(year, month, day, hour, minute, second, micro) => {
            let text = format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
            Value::from(if micro == 0 { text } else { format!("{text}.{micro:06}") })
        }
        Sql::Time(negative, days, hours, minutes, seconds, micro) => {
            let (sign, hours) = (if negative { "-" } else { "" }, days * 24 + u32::from(hours));
            let text = format!("{sign}{hours:02}:{minutes:02}:{seconds:02}");
            Value::from(if micro == 0 { text } else { format!("{text}.{micro:06}") })
        }
        Sql::Bytes(bytes) => match column.column_type() {
            ColumnType::MYSQL_TYPE_DECIMAL | ColumnType::MYSQL_TYPE_NEWDECIMAL => decimal(&bytes),
            ColumnType::MYSQL_TYPE_JSON => text(bytes),
            _ if column.character_set() == BINARY => {
                Value::from(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
            }
            _ => text(bytes),
        },
    }
}

fn text(bytes: Vec<u8>) -> Value {
    Value::from(
        String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
    )
}

/// Exact numbers come as text. Without decimals they are whole numbers, as sums of whole numbers are; whatever
/// fits in no number is left as it is.
fn decimal(bytes: &[u8]) -> Value {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(number) = text.parse::<i64>() {
        return Value::from(number);
    }
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Value::from(number),
        _ => Value::from(text.into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn column(kind: ColumnType, character_set: u16) -> Column {
        Column::new(kind).with_character_set(character_set)
    }

    #[test]
    fn values_are_those_of_the_protocol() {
        use ColumnType::*;
        let bytes = |text: &str| Sql::Bytes(text.as_bytes().to_vec());
        for (value, kind, set, expected) in [
            (Sql::NULL, MYSQL_TYPE_LONG, BINARY, json!(null)),
            (Sql::Int(-5), MYSQL_TYPE_LONGLONG, BINARY, json!(-5)),
            (Sql::UInt(u64::MAX), MYSQL_TYPE_LONGLONG, BINARY, json!(18_446_744_073_709_551_615_u64)),
            (Sql::Float(0.1), MYSQL_TYPE_FLOAT, BINARY, json!(0.1)),
            (Sql::Double(2.5), MYSQL_TYPE_DOUBLE, BINARY, json!(2.5)),
            (bytes("1234567"), MYSQL_TYPE_NEWDECIMAL, BINARY, json!(1_234_567)),
            (bytes("-0.50"), MYSQL_TYPE_NEWDECIMAL, BINARY, json!(-0.5)),
            (bytes("12.00"), MYSQL_TYPE_NEWDECIMAL, BINARY, json!(12.0)),
            (bytes("99999999999999999999"), MYSQL_TYPE_NEWDECIMAL, BINARY, json!(1e20)),
            (bytes("größer"), MYSQL_TYPE_VAR_STRING, 45, json!("größer")),
            (Sql::Bytes(vec![0, 255]), MYSQL_TYPE_BLOB, BINARY, json!("00ff")),
            (bytes("{}"), MYSQL_TYPE_JSON, BINARY, json!("{}")),
            (Sql::Date(2024, 1, 31, 0, 0, 0, 0), MYSQL_TYPE_DATE, BINARY, json!("2024-01-31")),
            (Sql::Date(2024, 1, 31, 0, 0, 0, 0), MYSQL_TYPE_DATETIME, BINARY, json!("2024-01-31 00:00:00")),
            (
                Sql::Date(2024, 1, 31, 9, 5, 0, 7),
                MYSQL_TYPE_DATETIME,
                BINARY,
                json!("2024-01-31 09:05:00.000007"),
            ),
            (Sql::Time(true, 1, 2, 3, 4, 0), MYSQL_TYPE_TIME, BINARY, json!("-26:03:04")),
        ] {
            let shown = format!("{value:?}");
            assert_eq!(scalar(value, &column(kind, set)), expected, "{shown}");
        }
    }
}
