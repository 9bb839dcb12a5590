//! What the server says, and what it means for a call.

use serde::Deserialize;
use serde_json::Value;

use super::Rows;
use crate::listener::TierError;

/// Answers of the server, as both transports carry them.
#[derive(Debug, Deserialize)]
pub(super) struct ServerMessage {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    id: Option<i64>,
    #[serde(default)]
    pub(super) event_name: Option<String>,
    #[serde(default)]
    pub(super) payload: Value,
    #[serde(default)]
    result: Option<Value>,
    #[serde(default)]
    error: Option<TierError>,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    pub(super) message: Option<String>,
}

/// What a message means for a call.
#[derive(Debug)]
pub(super) enum Reply {
    /// Further rows.
    Rows(Rows),
    /// The end.
    Done(Result<Value, TierError>),
}

impl ServerMessage {
    /// The call it belongs to and what it means for it; `None` for what belongs to none.
    pub(super) fn reply(self) -> Option<(i64, Reply)> {
        match (self.kind.as_str(), self.event_name.as_deref()) {
            ("response", _) => {
                let outcome = match (self.result, self.error) {
                    (_, Some(error)) => Err(error),
                    (Some(result), None) => Ok(result),
                    (None, None) => Ok(Value::Null),
                };
                Some((self.id?, Reply::Done(outcome)))
            }
            ("error", _) => {
                let code = self.code.unwrap_or_else(|| "INTERNAL".to_owned());
                let error = TierError::new(&code, self.message.unwrap_or_default());
                Some((self.id?, Reply::Done(Err(error))))
            }
            ("event", Some("rows")) => {
                let id = self.payload.get("id").and_then(Value::as_i64)?;
                let rows = serde_json::from_value(self.payload).ok()?;
                Some((id, Reply::Rows(rows)))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_with_an_id_ends_that_call() {
        let message: ServerMessage =
            serde_json::from_str(r#"{"type":"error","id":3,"code":"UNKNOWN_TYPE","message":"what"}"#)
                .unwrap();
        let (id, reply) = message.reply().unwrap();
        assert_eq!(id, 3);
        assert!(matches!(reply, Reply::Done(Err(error)) if error.code == "UNKNOWN_TYPE"));
    }

    proptest::proptest! {
        #[test]
        fn random_answers_never_panic(kind in "response|error|event", text in "\\PC{0,40}") {
            for body in [
                text.clone(),
                format!(r#"{{"type":"{kind}","id":{text}}}"#),
                format!(r#"{{"type":"{kind}","event_name":"rows","id":1,"payload":{{"id":1,"rows":{text}}}}}"#),
            ] {
                let _ = serde_json::from_str::<ServerMessage>(&body).map(ServerMessage::reply);
            }
        }
    }
}
