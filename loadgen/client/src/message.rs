//! Messages: what a client says, and the two dialects of what it hears.

use serde_json::{Value, json};

use crate::resume::ResumePoint;

/// The instant of now, as the protocol writes it.
pub(crate) fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// `connection_handshake`.
pub(crate) fn handshake(
    agent_id: &str,
    user_id: &str,
    session_id: &str,
    resume: Option<&ResumePoint>,
) -> Value {
    let mut message = json!({
        "type": "connection_handshake", "timestamp": now(), "agent_id": agent_id, "agent_type": "frontend",
        "user_id": user_id, "session_id": session_id,
        "capabilities": ["query_processing", "real_time_updates", "heartbeat", "batch"],
        "client_info": {"browser": concat!("tidegate-client/", env!("CARGO_PKG_VERSION")), "url": "cli"},
    });
    if let Some(point) = resume {
        message["resume"] = json!(point);
    }
    message
}

/// `heartbeat`.
pub(crate) fn heartbeat(number: u64) -> Value {
    json!({"type": "heartbeat", "timestamp": now(), "correlation_id": format!("beat-{number}")})
}

/// The message in the named dialect, whatever it came in.
pub(crate) fn named(message: Value) -> Value {
    let text = |key: &str| message.get(key).and_then(Value::as_str);
    match text("type") {
        Some("event" | "broadcast") => {
            let (Some(name), Some(payload)) = (text("event_name"), message.get("payload")) else {
                return message;
            };
            with_type(payload, name, &message)
        }
        Some("response") => match message.get("result") {
            Some(result) => with_type(result, "query_result", &message),
            None => message,
        },
        _ => message,
    }
}

/// `fields` as a message `name`; ids of the envelope that it lacks are added.
fn with_type(fields: &Value, name: &str, envelope: &Value) -> Value {
    let mut whole = fields.clone();
    if let Value::Object(whole) = &mut whole {
        whole.insert("type".to_owned(), Value::from(name));
        for key in ["id", "query_id", "correlation_id", "timestamp"] {
            if let (false, Some(value)) = (whole.contains_key(key), envelope.get(key)) {
                whole.insert(key.to_owned(), value.clone());
            }
        }
    }
    whole
}

/// A text field, empty when it is none.
pub(crate) fn text<'m>(message: &'m Value, key: &str) -> &'m str {
    message.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_dialects_say_the_same() {
        let event =
            json!({"type": "event", "event_name": "progress_update", "id": "q", "payload": {"percent": 5}});
        assert_eq!(named(event), json!({"percent": 5, "type": "progress_update", "id": "q"}));
        let plain = json!({"type": "pong"});
        assert_eq!(named(plain.clone()), plain);
        let odd = json!({"type": "event"});
        assert_eq!(named(odd.clone()), odd);
    }

    proptest::proptest! {
        #[test]
        fn random_text_never_panics(text in "\\PC{0,100}") {
            if let Ok(value) = serde_json::from_str::<Value>(&text) {
                let _ = named(value);
            }
        }
    }
}
