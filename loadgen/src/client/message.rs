//! What a client says.

use std::fmt::Write;

use serde::Serialize;
use tidegate_client::resume::ResumePoint;

/// What a client says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handshake {
    /// Logical session to join.
    pub session_id: Option<String>,
    /// User it belongs to.
    pub user_id: Option<String>,
    /// Stable name of this client in the session.
    pub agent_id: Option<String>,
    /// Where to go on.
    pub resume: Option<ResumePoint>,
}

#[derive(Serialize)]
struct ConnectionHandshake<'m> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_id: Option<&'m str>,
    agent_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'m str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<&'m str>,
    capabilities: [&'static str; 3],
    #[serde(skip_serializing_if = "Option::is_none")]
    resume: Option<&'m ResumePoint>,
}

/// The text of a `connection_handshake`.
pub(super) fn handshake(handshake: &Handshake) -> String {
    text(&ConnectionHandshake {
        kind: "connection_handshake",
        agent_id: handshake.agent_id.as_deref(),
        agent_type: "frontend",
        user_id: handshake.user_id.as_deref(),
        session_id: handshake.session_id.as_deref(),
        capabilities: ["query_processing", "real_time_updates", "heartbeat"],
        resume: handshake.resume.as_ref(),
    })
}

/// The text of a `heartbeat`, padded to `bytes` where it is shorter: servers ignore fields they do not know.
pub(crate) fn heartbeat(correlation_id: u64, bytes: usize) -> String {
    const FRAME: usize = r#","pad":"""#.len();
    const PAD: &str = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
    let mut text = String::with_capacity(bytes.max(64));
    let _ = write!(text, r#"{{"type":"heartbeat","correlation_id":{correlation_id}}}"#);
    if bytes >= text.len() + FRAME {
        let end = bytes - r#""}"#.len();
        text.pop();
        text.push_str(r#","pad":""#);
        while text.len() < end {
            text.push_str(&PAD[..PAD.len().min(end - text.len())]);
        }
        text.push_str(r#""}"#);
    }
    text
}

#[derive(Serialize)]
struct Subscribe<'m> {
    #[serde(rename = "type")]
    kind: &'static str,
    events: &'m [String],
}

/// The text of a `subscribe`.
pub(crate) fn subscribe(events: &[String]) -> String {
    text(&Subscribe { kind: "subscribe", events })
}

#[derive(Serialize)]
struct Query<'m> {
    #[serde(rename = "type")]
    kind: &'static str,
    query_id: &'m str,
    query: &'m str,
    #[serde(skip_serializing_if = "Option::is_none")]
    database_context: Option<Database<'m>>,
    preferences: Preferences,
}

#[derive(Serialize)]
struct Database<'m> {
    database: &'m str,
}

#[derive(Serialize)]
struct Preferences {
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_rows: Option<u64>,
}

/// The text of a `query`.
pub(crate) fn query(
    query_id: &str,
    question: &str,
    database: Option<&str>,
    stream: bool,
    max_rows: Option<u64>,
) -> String {
    text(&Query {
        kind: "query",
        query_id,
        query: question,
        database_context: database.map(|database| Database { database }),
        preferences: Preferences { stream, max_rows },
    })
}

#[derive(Serialize)]
struct ChatMessage<'m> {
    #[serde(rename = "type")]
    kind: &'static str,
    query_id: &'m str,
    message: &'m str,
    #[serde(skip_serializing_if = "Option::is_none")]
    database_context: Option<Database<'m>>,
    preferences: Preferences,
}

/// The text of a `chat_message`: a question that may lean on those before it.
pub(crate) fn chat(
    query_id: &str,
    question: &str,
    database: Option<&str>,
    stream: bool,
    max_rows: Option<u64>,
) -> String {
    text(&ChatMessage {
        kind: "chat_message",
        query_id,
        message: question,
        database_context: database.map(|database| Database { database }),
        preferences: Preferences { stream, max_rows },
    })
}

fn text(message: &impl Serialize) -> String {
    serde_json::to_string(message).expect("structs of text and numbers always serialize")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heartbeat_has_the_wanted_size_where_it_can() {
        assert_eq!(heartbeat(7, 0), r#"{"type":"heartbeat","correlation_id":7}"#);
        for bytes in [60, 200, 201, 4_000] {
            let text = heartbeat(1_234, bytes);
            assert_eq!(text.len(), bytes);
            assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{text}");
        }
    }
}
