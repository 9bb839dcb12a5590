//! Offsets: what every event carries.

use serde_json::{Value, json};

use super::events::{ask, begin, finished, is_event, next_after, to_the_end};
use crate::checks::query::run::{is_terminal, work};
use crate::checks::{Context, Peer, ReasonCode, Step, ensure, ensure_eq, field};
use crate::target::Door;

/// From 1, one by one, through one query and the next.
pub(super) async fn counted(cx: Context) -> Step {
    let (mut peer, _) = begin(&cx).await?;
    ask(&peer).await;
    let first = peer.expect("an event", work(&cx), is_event).await?;
    field::equals(&first.value, "offset", 1)?;
    let last = to_the_end(&cx, &mut peer, 1).await?;
    ask(&peer).await;
    to_the_end(&cx, &mut peer, last).await.map(|_| ())
}

/// Every event names its session and epoch.
pub(super) async fn named(cx: Context) -> Step {
    let (mut peer, session) = begin(&cx).await?;
    ask(&peer).await;
    let mut last = 0;
    loop {
        let event = next_after(&cx, &mut peer, last).await?;
        last += 1;
        field::equals(&event, "session_id", session.id.as_str())?;
        field::equals(&event, "epoch", session.epoch.as_str())?;
        if is_terminal(&event) {
            return Ok(());
        }
    }
}

async fn all(cx: &Context, peer: &mut Peer) -> Step<Vec<(u64, String, Value)>> {
    let mut all = Vec::new();
    loop {
        let event = peer.expect("the query's events", work(cx), is_event).await?.value;
        let name = field::name(&event).to_owned();
        all.push((field::integer(&event, "offset")?, name, event["transaction_id"].clone()));
        if is_terminal(&event) {
            return Ok(all);
        }
    }
}

/// All connections of a session see the same events under the same offsets.
pub(super) async fn shared(cx: Context) -> Step {
    let (mut asker, session) = begin(&cx).await?;
    let (mut other, _) = cx.join_with(Door::Query, &session.id, json!({"agent_id": "other"})).await?;
    ask(&asker).await;
    let asked = all(&cx, &mut asker).await?;
    let seen = all(&cx, &mut other).await?;
    let actual = format!("{} of {}", seen.len(), asked.len());
    ensure(seen.len() >= asked.len(), ReasonCode::Lost, "every event on both connections", actual)?;
    ensure_eq("events of the other connection", &seen, &asked)
}

/// What a browser hears of the session's last offset with a heartbeat.
pub(super) async fn top_in_heartbeat(cx: Context) -> Step {
    let (mut peer, _, last) = finished(&cx).await?;
    peer.send(&json!({"type": "heartbeat", "correlation_id": "top"})).await;
    let answer = peer.expect_type("heartbeat_response", cx.soon()).await?;
    field::equals(&answer.value, "top", last)
}

/// What one hears who joins: the session's epoch and last offset.
pub(super) async fn top_at_join(cx: Context) -> Step {
    let (_peer, session, last) = finished(&cx).await?;
    let (_other, joined) = cx.join_with(Door::Query, &session.id, json!({"agent_id": "other"})).await?;
    field::equals(&joined, "epoch", session.epoch)?;
    field::equals(&joined, "top", last)
}
