//! Two connections of one session: one asks, the other watches what it subscribed to.

use serde_json::{Value, json};

use crate::checks::query::run::{is_terminal, query, work};
use crate::checks::{Context, Peer, ReasonCode, Step, fail, field, now};
use crate::target::Door;

/// Sends `kind` for `events`; gives the confirmation's fields.
pub(super) async fn request(cx: &Context, peer: &mut Peer, kind: &str, events: &[&str]) -> Step<Value> {
    peer.send(&json!({"type": kind, "id": "s", "events": events, "timestamp": now()})).await;
    let answer = peer.expect_type(&format!("{kind}d"), cx.soon()).await?.value;
    Ok(field::fields(&answer).clone())
}

/// An asker and a watcher of one new session.
pub(super) async fn two(cx: &Context) -> Step<(Peer, Peer, String)> {
    let session = cx.fresh_session();
    let (mut asker, _) = cx.join(Door::Query, &session).await?;
    let (mut watcher, _) = cx.join_with(Door::Query, &session, json!({"agent_id": "watcher"})).await?;
    // A live subscription, so that none is closed as idle while a busy machine takes its time.
    for peer in [&mut asker, &mut watcher] {
        request(cx, peer, "subscribe", &["schema_changed"]).await?;
    }
    Ok((asker, watcher, session))
}

/// Asks, and waits for the result; gives it.
pub(super) async fn ask(cx: &Context, asker: &mut Peer, more: &Value) -> Step<Value> {
    asker.send(&query(more)).await;
    let end = asker.expect("query_result", work(cx), is_terminal).await?.value;
    if field::name(&end) != "query_result" {
        return fail(ReasonCode::Refused, "query_result", end.to_string());
    }
    Ok(end)
}

/// What `peer` was sent up to the answer to a ping.
pub(super) async fn seen(cx: &Context, peer: &mut Peer) -> Step<Vec<Value>> {
    let id = cx.fresh_session();
    peer.send(&json!({"type": "ping", "id": id, "timestamp": now()})).await;
    let mut seen = Vec::new();
    loop {
        let next = peer.next_json("pong", cx.soon()).await?.value;
        if field::name(&next) == "pong" && next["id"] == id.as_str() {
            return Ok(seen);
        }
        seen.push(next);
    }
}

/// Messages of these names.
pub(super) fn named<'a>(seen: &'a [Value], names: &[&str]) -> Vec<&'a Value> {
    seen.iter().filter(|message| names.contains(&field::name(message))).collect()
}
