//! What each session and connection has of its own: offsets, figures, ids, subscriptions, encodings.

use serde_json::{Value, json};

use super::actors::{OTHER, OWNER, ask, body, enter, owner, request, unshaken};
use crate::checks::query::run::{QUESTION, is_terminal, work};
use crate::checks::resume::events::is_event;
use crate::checks::{Context, ReasonCode, Step, ensure, fail, field};
use crate::peer::{EventKind, Message, Request};
use crate::target::Door;

/// Each session counts its own events.
pub(super) async fn offsets(cx: Context) -> Step {
    let (mut peer, _, _) = owner(&cx).await?;
    ask(&cx, &mut peer, 0).await?;
    let (mut other, _) = enter(&cx, OTHER, Door::Query, &cx.fresh_session(), json!({})).await?;
    other.send(&json!({"type": "query", "query": QUESTION})).await;
    let first = other.expect("the first event", work(&cx), is_event).await?.value;
    field::equals(&first, "offset", 1)
}

/// `top` of a heartbeat is that of the own session.
pub(super) async fn top(cx: Context) -> Step {
    let (mut other, _) = enter(&cx, OTHER, Door::Query, &cx.fresh_session(), json!({})).await?;
    let (mut peer, _, _) = owner(&cx).await?;
    ask(&cx, &mut peer, 0).await?;
    other.send(&json!({"type": "heartbeat", "correlation_id": "top"})).await;
    let answer = other.expect_type("heartbeat_response", cx.soon()).await?.value;
    field::equals(&answer, "top", 0)
}

/// The figures of a session over HTTP are its own.
pub(super) async fn figures(cx: Context) -> Step {
    let (mut peer, _, _) = owner(&cx).await?;
    ask(&cx, &mut peer, 0).await?;
    let session = cx.fresh_session();
    let (_other, _) = enter(&cx, OTHER, Door::Query, &session, json!({})).await?;
    let path = cx.target().rest(&format!("/api/sessions/{session}"));
    let found = body(&request(&cx, OTHER, Request::get(&path)).await?);
    field::equals(&found, "session_id", session)?;
    field::equals(&found, "top", 0)?;
    field::equals(&found, "connections", 1)
}

/// The same `query_id` in two sessions is two queries.
pub(super) async fn query_ids(cx: Context) -> Step {
    let query = json!({"type": "query", "query": QUESTION, "query_id": "the-same"});
    let (mut peer, _, _) = owner(&cx).await?;
    peer.send(&query).await;
    let first = peer.expect_type("query_accepted", work(&cx)).await?.value;
    let (mut other, _) = enter(&cx, OTHER, Door::Query, &cx.fresh_session(), json!({})).await?;
    other.send(&query).await;
    let second = other.expect_type("query_accepted", work(&cx)).await?.value;
    let same = first["transaction_id"] == second["transaction_id"];
    ensure(!same, ReasonCode::Leak, "a transaction of its own", &second)?;
    match field::absent(&second, "duplicate") {
        Err(_) if second["duplicate"] == false => Ok(()),
        verdict => verdict,
    }
}

/// Each connection has an id of its own.
pub(super) async fn client_ids(cx: Context) -> Step {
    let one = unshaken(&cx, OWNER, Door::Query).await?;
    let other = unshaken(&cx, OTHER, Door::Query).await?;
    let (first, second) =
        (field::text(one.established(), "client_id")?, field::text(other.established(), "client_id")?);
    ensure(first != second, ReasonCode::Duplicate, "two client ids", second)
}

/// Connections without a handshake have sessions of their own.
pub(super) async fn provisional(cx: Context) -> Step {
    let one = unshaken(&cx, OWNER, Door::Query).await?;
    let other = unshaken(&cx, OTHER, Door::Query).await?;
    let (first, second) = (one.session_id()?, other.session_id()?);
    ensure(first != second, ReasonCode::Duplicate, "two sessions", second)
}

/// What one window unsubscribed, the other window of the session still hears.
pub(super) async fn subscriptions(cx: Context) -> Step {
    let (mut peer, session, _) = owner(&cx).await?;
    let (mut other, _) = enter(&cx, OTHER, Door::Query, &session, json!({})).await?;
    peer.send(&json!({"type": "unsubscribe", "events": ["progress_update"]})).await;
    peer.expect_type("unsubscribed", cx.soon()).await?;
    ask(&cx, &mut other, 0).await.map(|_| ())
}

/// MessagePack that one window announced is not sent to the other.
pub(super) async fn messagepack(cx: Context) -> Step {
    let session = cx.fresh_session();
    let packed = json!({"capabilities": ["query_processing", "msgpack"]});
    let (peer, _) = enter(&cx, OWNER, Door::Query, &session, packed).await?;
    let (mut other, _) = enter(&cx, OTHER, Door::Query, &session, json!({})).await?;
    let large = "Show me the top 200 customers by total purchase amount";
    peer.send(&json!({"type": "query", "query": large})).await;
    loop {
        let Some(event) = other.next_event(work(&cx).end()).await else {
            return fail(ReasonCode::Missing, "query_result", "silence");
        };
        match event.kind {
            EventKind::Message(message @ Message::Binary(_)) => {
                let expected = "text for one who did not announce MessagePack";
                return fail(ReasonCode::Unexpected, expected, message.to_string());
            }
            EventKind::Message(Message::Text(text)) => {
                let value: Value = serde_json::from_str(&text).unwrap_or_default();
                if is_event(&value) && is_terminal(&value) {
                    return Ok(());
                }
            }
            EventKind::Message(Message::Close(_)) | EventKind::End(_) | EventKind::Fault(_) => {
                return fail(ReasonCode::Closed, "query_result", "the end of the connection");
            }
            EventKind::Message(_) => {}
        }
    }
}

/// Batches that one window announced are not sent to the other.
pub(super) async fn batches(cx: Context) -> Step {
    let session = cx.fresh_session();
    let batched = json!({"capabilities": ["query_processing", "batch"]});
    let (peer, _) = enter(&cx, OWNER, Door::Query, &session, batched).await?;
    let (mut other, _) = enter(&cx, OTHER, Door::Query, &session, json!({})).await?;
    peer.send(&json!({"type": "query", "query": QUESTION})).await;
    let all = |value: &Value| field::name(value) == "batch" || (is_event(value) && is_terminal(value));
    let next = other.expect("query_result", work(&cx), all).await?.value;
    if field::name(&next) == "batch" {
        let expected = "single messages for one who did not announce batches";
        return fail(ReasonCode::Unexpected, expected, next.to_string());
    }
    Ok(())
}
