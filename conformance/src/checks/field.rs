//! Reading fields of messages: what is not there is `missing`, what has another type is `wrong_type`.
//!
//! `path` is a field name, or a JSON pointer such as `/timers/ping_interval_ms`.

use serde_json::{Map, Value};

use super::verdict::{ReasonCode, Step, fail};

/// The field, if it is there.
pub fn get<'a>(message: &'a Value, path: &str) -> Option<&'a Value> {
    if path.starts_with('/') { message.pointer(path) } else { message.get(path) }
}

/// The field, which must be there.
pub fn any<'a>(message: &'a Value, path: &str) -> Step<&'a Value> {
    match get(message, path) {
        Some(value) => Ok(value),
        None => fail(ReasonCode::Missing, format!("field {path}"), format!("{message}")),
    }
}

/// A text field.
pub fn text<'a>(message: &'a Value, path: &str) -> Step<&'a str> {
    let value = any(message, path)?;
    value.as_str().map_or_else(|| wrong_type(path, "text", value), Ok)
}

/// A whole number of 0 or more.
pub fn integer(message: &Value, path: &str) -> Step<u64> {
    let value = any(message, path)?;
    value.as_u64().map_or_else(|| wrong_type(path, "a whole number ≥ 0", value), Ok)
}

/// A number.
pub fn number(message: &Value, path: &str) -> Step<f64> {
    let value = any(message, path)?;
    value.as_f64().map_or_else(|| wrong_type(path, "a number", value), Ok)
}

/// true or false.
pub fn boolean(message: &Value, path: &str) -> Step<bool> {
    let value = any(message, path)?;
    value.as_bool().map_or_else(|| wrong_type(path, "true or false", value), Ok)
}

/// An array.
pub fn array<'a>(message: &'a Value, path: &str) -> Step<&'a Vec<Value>> {
    let value = any(message, path)?;
    value.as_array().map_or_else(|| wrong_type(path, "an array", value), Ok)
}

/// An object.
pub fn object<'a>(message: &'a Value, path: &str) -> Step<&'a Map<String, Value>> {
    let value = any(message, path)?;
    value.as_object().map_or_else(|| wrong_type(path, "an object", value), Ok)
}

/// The field must be there and equal to `expected`.
pub fn equals(message: &Value, path: &str, expected: impl Into<Value>) -> Step {
    let (value, expected) = (any(message, path)?, expected.into());
    if *value == expected {
        return Ok(());
    }
    fail(ReasonCode::WrongValue, format!("{path} {expected}"), format!("{path} {value}"))
}

/// The array must hold `expected`.
pub fn contains(message: &Value, path: &str, expected: impl Into<Value>) -> Step {
    let (list, expected) = (array(message, path)?, expected.into());
    if list.contains(&expected) {
        return Ok(());
    }
    fail(ReasonCode::Missing, format!("{path} with {expected}"), Value::from(list.clone()).to_string())
}

/// The field must not be there.
pub fn absent(message: &Value, path: &str) -> Step {
    match get(message, path) {
        None => Ok(()),
        Some(value) => fail(ReasonCode::Unexpected, format!("no field {path}"), format!("{path} {value}")),
    }
}

/// `timestamp` must be RFC 3339, UTC, with milliseconds and `Z`.
pub fn timestamp(message: &Value, path: &str) -> Step<jiff::Timestamp> {
    let value = text(message, path)?;
    let shaped = value.len() == 24 && value.ends_with('Z') && value.as_bytes()[19] == b'.';
    match value.parse::<jiff::Timestamp>() {
        Ok(instant) if shaped => Ok(instant),
        _ => {
            let expected = format!("{path} as RFC 3339 UTC with milliseconds and Z");
            fail(ReasonCode::WrongValue, expected, format!("{value:?}"))
        }
    }
}

/// The name of a message in either dialect: `event_name` of an event or broadcast, else `type`.
pub fn name(message: &Value) -> &str {
    let kind = message.get("type").and_then(Value::as_str).unwrap_or_default();
    match kind {
        "event" | "broadcast" => message.get("event_name").and_then(Value::as_str).unwrap_or(kind),
        other => other,
    }
}

/// The fields of a message in either dialect: `payload` of an event or broadcast, else the message.
pub fn fields(message: &Value) -> &Value {
    match message.get("type").and_then(Value::as_str) {
        Some("event" | "broadcast") => message.get("payload").unwrap_or(message),
        _ => message,
    }
}

fn wrong_type<T>(path: &str, expected: &str, value: &Value) -> Step<T> {
    fail(ReasonCode::WrongType, format!("{path} to be {expected}"), format!("{path} {value}"))
}
