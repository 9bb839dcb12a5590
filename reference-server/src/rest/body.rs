//! Reading bodies: JSON whatever the content type says.

use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use serde_json::{Map, Value};

use crate::wire::error::{Code, Failure};
use crate::wire::json;

/// Reads a body as one JSON object; an empty body is an empty object where `optional`.
///
/// # Errors
/// `MESSAGE_TOO_LARGE`, `INVALID_JSON`, or `INVALID_MESSAGE` for JSON that is no object.
pub(super) async fn object(
    body: Incoming,
    limit: usize,
    optional: bool,
) -> Result<Map<String, Value>, Failure> {
    let too_large = || Failure::new(Code::MessageTooLarge, format!("a body has at most {limit} bytes"));
    let collected = Limited::new(body, limit).collect().await.map_err(|error| {
        if error.is::<http_body_util::LengthLimitError>() {
            too_large()
        } else {
            Failure::new(Code::InvalidJson, "the body broke off")
        }
    })?;
    let bytes = collected.to_bytes();
    if bytes.is_empty() && optional {
        return Ok(Map::new());
    }
    let text =
        std::str::from_utf8(&bytes).map_err(|_| Failure::new(Code::InvalidJson, "the body is not UTF-8"))?;
    match json::parse(text) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(Failure::invalid("the body is a JSON object")),
        Err(error) => Err(Failure::new(Code::InvalidJson, error.to_string())),
    }
}
