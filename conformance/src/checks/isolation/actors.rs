//! Who plays in these checks: an owner, and another who must not see, hear or move anything of the owner's.
//! Both bear the check's name, in `X-Request-Id` and as agents, so that a fault can be meant for one alone.

use serde_json::{Value, json};

use crate::checks::query::run::{QUESTION, work};
use crate::checks::resume::events::next_after;
use crate::checks::{Context, Peer, ReasonCode, Step, fail, field, now};
use crate::peer::{EventKind, Message, Request, Response};
use crate::target::Door;

/// The owner's name behind the check's.
pub(super) const OWNER: &str = "";
/// The other's.
pub(super) const OTHER: &str = "-other";
/// What an ordinary client may subscribe to of a session.
const TOPICS: [&str; 5] =
    ["progress_update", "partial_result", "query_result", "database_context_changed", "chat"];

/// The name of an actor in this check.
pub(super) fn name(cx: &Context, role: &str) -> String {
    format!("{}{role}", cx.slug())
}

/// A connection that shook no hands.
pub(super) async fn unshaken(cx: &Context, role: &str, door: Door) -> Step<Peer> {
    cx.open_by(&cx.upgrade_request(&door).header("X-Request-Id", &name(cx, role))).await
}

/// A connection in `session`, with further fields of its handshake. Gives `connection_acknowledged` too.
pub(super) async fn enter(
    cx: &Context,
    role: &str,
    door: Door,
    session: &str,
    more: Value,
) -> Step<(Peer, Value)> {
    let mut peer = unshaken(cx, role, door).await?;
    let mut handshake = json!({
        "type": "connection_handshake", "agent_id": name(cx, role), "session_id": session, "timestamp": now(),
    });
    if let (Some(handshake), Value::Object(more)) = (handshake.as_object_mut(), more) {
        handshake.extend(more);
    }
    peer.send(&handshake).await;
    let answers = |value: &Value| matches!(field::name(value), "connection_acknowledged" | "error");
    let told = peer.expect("connection_acknowledged", cx.soon(), answers).await?.value;
    if field::name(&told) == "error" {
        return fail(ReasonCode::Refused, "connection_acknowledged", told.to_string());
    }
    subscribe(cx, &mut peer).await?;
    Ok((peer, told))
}

/// Subscribes to everything of a session, which also keeps the connection from being idle.
pub(super) async fn subscribe(cx: &Context, peer: &mut Peer) -> Step {
    peer.send(&json!({"type": "subscribe", "events": TOPICS, "timestamp": now()})).await;
    peer.expect_type("subscribed", cx.soon()).await.map(|_| ())
}

/// The owner, in a new session. Gives the session and its epoch too.
pub(super) async fn owner(cx: &Context) -> Step<(Peer, String, String)> {
    let session = cx.fresh_session();
    let (peer, told) = enter(cx, OWNER, Door::Query, &session, json!({})).await?;
    let epoch = field::text(&told, "epoch")?.to_owned();
    Ok((peer, session, epoch))
}

/// Asks and follows from the session's first event to the end; gives the transaction and the last offset.
pub(super) async fn ask(cx: &Context, peer: &mut Peer, after: u64) -> Step<(String, u64)> {
    peer.send(&json!({"type": "query", "query": QUESTION})).await;
    follow(cx, peer, after).await
}

/// Follows a query that was asked from behind the offset `after`.
pub(super) async fn follow(cx: &Context, peer: &mut Peer, after: u64) -> Step<(String, u64)> {
    let mut last = after;
    loop {
        let event = next_after(cx, peer, last).await?;
        last += 1;
        match field::name(&event) {
            "query_result" => return Ok((field::text(&event, "transaction_id")?.to_owned(), last)),
            "error" | "query_cancelled" => {
                return fail(ReasonCode::Refused, "query_result", event.to_string());
            }
            _ => {}
        }
    }
}

/// The transaction of a query that has just begun.
pub(super) async fn begun(cx: &Context, peer: &mut Peer) -> Step<String> {
    peer.send(&json!({"type": "query", "query": QUESTION})).await;
    let accepted = peer.expect_type("query_accepted", work(cx)).await?.value;
    Ok(field::text(&accepted, "transaction_id")?.to_owned())
}

/// Nothing that `peer` was told up to now names one of the secrets. An answer is asked for to know where
/// "now" is.
pub(super) async fn told_nothing(cx: &Context, peer: &mut Peer, secrets: &[&str]) -> Step {
    peer.send(&json!({"type": "ping", "id": "now", "timestamp": now()})).await;
    let deadline = cx.soon();
    loop {
        let Some(event) = peer.next_event(deadline.end()).await else {
            return fail(ReasonCode::Missing, "pong", "silence");
        };
        let message = match event.kind {
            EventKind::Message(message @ (Message::Text(_) | Message::Binary(_))) => message,
            EventKind::Message(message @ Message::Close(_)) => {
                return fail(ReasonCode::Closed, "pong", message.to_string());
            }
            EventKind::Message(_) => continue,
            EventKind::Fault(fault) => return fail(ReasonCode::Malformed, "pong", fault.to_string()),
            EventKind::End(_) => return fail(ReasonCode::Closed, "pong", "the end of the connection"),
        };
        let text = match &message {
            Message::Binary(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            other => other.to_json().unwrap_or_default().to_string(),
        };
        if let Some(secret) = secrets.iter().find(|secret| text.contains(**secret)) {
            return fail(ReasonCode::Leak, format!("nothing about {secret}"), text);
        }
        if message.to_json().is_some_and(|value| value["type"] == "pong") {
            return Ok(());
        }
    }
}

/// A request in the name of an actor.
pub(super) async fn request(cx: &Context, role: &str, request: Request) -> Step<Response> {
    cx.http(request.header("X-Request-Id", &name(cx, role))).await
}

/// The JSON of a response; what is none is null.
pub(super) fn body(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap_or_default()
}
