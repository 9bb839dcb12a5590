//! A connection whose messages may come in any encoding.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::checks::query::run::QUESTION;
use crate::checks::rfc7692::connection::FIELD;
use crate::checks::{Context, Deadline, Peer, ReasonCode, Step, fail, field};
use crate::peer::msgpack::from_msgpack;
use crate::peer::{EventKind, Message};
use crate::target::Door;

/// What is offered where compression is wanted.
pub(crate) const OFFER: &str = "permessage-deflate; client_max_window_bits";
/// A question whose answer has many rows.
const MANY: &str = "Show me the top 1200 customers by total purchase amount";
/// Time for a query of many rows, before scaling.
const WORK: Duration = Duration::from_secs(6);

/// An encoding, as it is negotiated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Name in ids.
    pub(crate) name: &'static str,
    /// Whether compression is offered.
    pub(crate) deflate: bool,
    /// Capabilities of the handshake.
    pub(crate) capabilities: &'static [&'static str],
}

/// JSON text, nothing else.
pub(crate) const PLAIN: Wanted = Wanted { name: "plain", deflate: false, capabilities: &[] };
/// MessagePack.
pub(crate) const PACKED: Wanted = Wanted { name: "msgpack", deflate: false, capabilities: &["msgpack"] };
/// Batches.
pub(crate) const BATCHED: Wanted = Wanted { name: "batch", deflate: false, capabilities: &["batch"] };
/// Compression.
pub(crate) const DEFLATED: Wanted = Wanted { name: "deflate", deflate: true, capabilities: &[] };

/// A message of the application and how it came.
#[derive(Debug, Clone)]
pub(crate) struct Got {
    /// Arrival.
    pub(crate) at: Instant,
    /// The message itself, taken out of its batch.
    pub(crate) value: Value,
    /// Whether it came as MessagePack.
    pub(crate) binary: bool,
    /// Octets of its text, when it came as text and alone.
    pub(crate) text: Option<usize>,
}

/// Opens the query door and joins `session` in this encoding; not applicable where the target says that it has
/// no such encoding.
pub(crate) async fn join(cx: &Context, session: &str, wanted: Wanted) -> Step<Peer> {
    join_with(cx, session, wanted, json!({})).await.map(|(peer, _)| peer)
}

/// The same with further fields of the handshake; gives the answer to it too.
pub(crate) async fn join_with(
    cx: &Context,
    session: &str,
    wanted: Wanted,
    more: Value,
) -> Step<(Peer, Value)> {
    let mut request = cx.upgrade_request(&Door::Query);
    if wanted.deflate {
        request = request.header(FIELD, OFFER);
    }
    let mut peer = cx.upgrade(&request).await?;
    if wanted.deflate && peer.response().field(FIELD).is_none() {
        return Err(cx.declined("deflate", "the target declines compression on its doors"));
    }
    peer.expect_type("connection_established", cx.soon()).await?;
    let mut handshake = json!({
        "type": "connection_handshake", "agent_id": format!("suite-{}", wanted.name), "session_id": session,
        "capabilities": wanted.capabilities,
    });
    if let (Some(handshake), Value::Object(more)) = (handshake.as_object_mut(), more) {
        handshake.extend(more);
    }
    peer.send(&handshake).await;
    let acknowledged = peer.expect_type("connection_acknowledged", cx.soon()).await?.value;
    for name in wanted.capabilities {
        let announced = field::array(&acknowledged, "server_capabilities")?.iter().any(|found| found == name);
        if !announced {
            let said = format!("the target does not announce the capability {name}");
            return Err(cx.declined(name, said));
        }
    }
    Ok((peer, acknowledged))
}

/// The next messages of the application: those of one frame.
pub(crate) async fn next(peer: &mut Peer, what: &str, deadline: Deadline) -> Step<Vec<Got>> {
    let (at, message) = peer
        .expect_with(what, deadline, |event| match &event.kind {
            EventKind::Message(message @ (Message::Text(_) | Message::Binary(_))) => {
                Some((event.at, message.clone()))
            }
            _ => None,
        })
        .await?;
    let (value, text) = match &message {
        Message::Text(text) => match serde_json::from_str::<Value>(text) {
            Ok(value) => (value, Some(text.len())),
            Err(error) => return fail(ReasonCode::Malformed, format!("{what} as JSON"), error.to_string()),
        },
        Message::Binary(bytes) => match from_msgpack(bytes) {
            Ok(value) => (value, None),
            Err(fault) => {
                return fail(ReasonCode::Malformed, format!("{what} as MessagePack"), fault.to_string());
            }
        },
        other => return fail(ReasonCode::Unexpected, what, other.to_string()),
    };
    let binary = text.is_none();
    if value["type"] != "batch" {
        return Ok(vec![Got { at, value, binary, text }]);
    }
    let messages = field::array(&value, "messages")?;
    let got = |value: &Value| Got { at, value: value.clone(), binary, text: None };
    Ok(messages.iter().map(got).collect())
}

/// Everything up to the first message of this name, which is the last.
pub(crate) async fn up_to(cx: &Context, peer: &mut Peer, name: &str) -> Step<Vec<Got>> {
    let deadline = cx.within(WORK);
    let mut all: Vec<Got> = Vec::new();
    loop {
        let some = next(peer, name, deadline).await?;
        let end = some.iter().any(|got| field::name(&got.value) == name);
        for got in &some {
            if field::name(&got.value) == "error" && name == "query_result" {
                return not_answered(cx, &got.value);
            }
        }
        all.extend(some);
        if end {
            return Ok(all);
        }
    }
}

/// A query that was not understood says nothing about encodings.
fn not_answered<T>(cx: &Context, error: &Value) -> Step<T> {
    if error["details"]["reason"] == "not_understood" {
        return Err(cx.unseen("large-results", format!("{MANY:?} is not understood")));
    }
    fail(ReasonCode::Refused, "query_result", error.to_string())
}

/// A query whose result is streamed in many parts, or one with a small result.
pub(crate) fn question(streamed: bool) -> Value {
    if streamed {
        json!({"type": "query", "query": MANY, "preferences": {"stream": true}})
    } else {
        json!({"type": "query", "query": QUESTION})
    }
}
