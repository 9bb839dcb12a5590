//! `schema_changed`: the MCP server's announcements, handed on to those who subscribed.
//!
//! The connection is made when the first client subscribes, and made again when it breaks. What was announced while
//! there was none can't be known: that is told as changes missed, never kept silent.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::backend::Backend;
use crate::mcp::Endpoint;
use crate::wire::events::EventName;
use crate::wire::notices::SchemaChanged;

/// First and longest pause before it connects again.
const PAUSES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(16));

type Stream = WebSocketStream<TcpStream>;

/// Why there is no feed.
#[derive(Debug, thiserror::Error)]
enum FeedError {
    /// The address is none.
    #[error("no address of an MCP server")]
    Address(#[from] crate::mcp::EndpointError),
    /// It can't be reached.
    #[error("MCP server can't be reached")]
    Unreachable(#[from] std::io::Error),
    /// It does not speak, or broke off.
    #[error("MCP link broke")]
    Link(#[from] Box<tokio_tungstenite::tungstenite::Error>),
    /// It said nothing, not even by a ping.
    #[error("MCP server is silent")]
    Silent,
}

impl From<tokio_tungstenite::tungstenite::Error> for FeedError {
    fn from(error: tokio_tungstenite::tungstenite::Error) -> Self {
        Self::Link(Box::new(error))
    }
}

/// One message of the MCP server.
#[derive(Deserialize)]
struct Announcement {
    #[serde(default)]
    event_name: String,
    #[serde(default)]
    payload: Payload,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Payload {
    database: Option<String>,
    table: Option<String>,
    tables: Vec<Value>,
    schema_version: Option<Value>,
    missed: bool,
}

impl Announcement {
    /// The change it announces, if it is one.
    fn change(self) -> Option<SchemaChanged> {
        let payload = match self.event_name.as_str() {
            "schema_changed" | "table_changed" => self.payload,
            _ => return None,
        };
        let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Some(SchemaChanged {
            missed: payload.missed || payload.database.is_none(),
            database: payload.database,
            table: payload.table,
            tables: payload.tables.into_iter().map(text).collect(),
            schema_version: payload.schema_version.map(text),
        })
    }
}

/// Hands on announcements as long as it is polled.
pub(super) async fn run(backend: &Backend) {
    backend.bulletin.wanted(EventName::SchemaChanged).await;
    let (mut pause, mut before) = (PAUSES.0, false);
    loop {
        match open(backend).await {
            Ok(stream) => {
                pause = PAUSES.0;
                if std::mem::replace(&mut before, true) {
                    let missed = SchemaChanged { missed: true, ..SchemaChanged::default() };
                    backend.bulletin.publish(EventName::SchemaChanged, &missed);
                }
                let ended = follow(backend, stream).await;
                tracing::debug!(error = ?ended.err(), "the MCP server's announcements ended");
            }
            Err(error) => tracing::debug!(%error, "the MCP server's announcements can't be had"),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSES.1);
    }
}

async fn open(backend: &Backend) -> Result<Stream, FeedError> {
    let endpoint: Endpoint = backend.mcp_address().parse()?;
    let limit = backend.config.timers.header_timeout.max(Duration::from_secs(2));
    let opening = async {
        let stream = TcpStream::connect(endpoint.authority()).await?;
        stream.set_nodelay(true)?;
        let (mut stream, _) = client_async(endpoint.websocket(), stream).await?;
        let hello = json!({ "type": "event", "event_name": "agent_connected", "payload": {
            "agent_id": "backend", "agent_type": "backend", "capabilities": [],
        } });
        let subscribe = json!({ "type": "subscribe", "events": ["schema_changed", "table_changed"] });
        for message in [hello, subscribe] {
            stream.send(Message::text(message.to_string())).await?;
        }
        Ok(stream)
    };
    timeout(limit, opening).await.map_err(|_| FeedError::Silent)?
}

async fn follow(backend: &Backend, mut stream: Stream) -> Result<(), FeedError> {
    // The server pings: silence is a dead connection.
    let silence = backend.config.timers.pong_timeout.max(Duration::from_secs(15));
    while let Some(message) = timeout(silence, stream.next()).await.map_err(|_| FeedError::Silent)? {
        let Message::Text(text) = message? else { continue };
        let announcement = serde_json::from_str::<Announcement>(&text).ok();
        if let Some(change) = announcement.and_then(Announcement::change) {
            backend.bulletin.publish(EventName::SchemaChanged, &change);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(text: &str) -> Option<SchemaChanged> {
        serde_json::from_str::<Announcement>(text).ok().and_then(Announcement::change)
    }

    #[test]
    fn announcements_are_read_and_a_gap_is_one_too() {
        let table = r#"{"type":"event","event_name":"table_changed","payload":{"database":"d","table":"t"}}"#;
        let table = change(table).unwrap();
        assert_eq!(
            (table.database.as_deref(), table.table.as_deref(), table.missed),
            (Some("d"), Some("t"), false)
        );
        let schema = r#"{"event_name":"schema_changed","payload":{"database":"d","schema_version":"v2"}}"#;
        assert_eq!(change(schema).unwrap().schema_version.as_deref(), Some("v2"));
        // Fault 16: a queue that lagged.
        let missed = r#"{"event_name":"schema_changed","payload":{"database":null,"missed":true}}"#;
        assert!(change(missed).unwrap().missed);
        assert_eq!(change(r#"{"type":"pong"}"#), None);
    }

    proptest::proptest! {
        #[test]
        fn random_announcements_never_panic(text in "\\PC{0,40}", name in "schema_changed|table_changed|x") {
            let _ = change(&text);
            let _ = change(&format!(r#"{{"event_name":"{name}","payload":{{"database":{text}}}}}"#));
        }
    }
}
