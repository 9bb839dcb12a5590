//! Subscriptions: what is answered, what is active, what still comes.

use serde_json::{Value, json};

use super::asking::{ask, ends, terminal, work};
use crate::checks::{Check, Context, Peer, ReasonCode, Step, ensure, fail, field, now};
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new("session.subscribe", "subscribe is confirmed", &["session.subscribe"], subscribe),
        Check::new(
            "session.subscribe-unknown",
            "unknown names are rejected, the known ones taken",
            &["session.subscribe-unknown"],
            unknown,
        ),
        Check::new(
            "session.active",
            "active holds what earlier requests subscribed",
            &["session.active"],
            active,
        ),
        Check::new(
            "session.active-shrinks",
            "active no longer holds what was unsubscribed",
            &["session.active"],
            active_shrinks,
        ),
        Check::new(
            "session.unsubscribe",
            "unsubscribed progress of an own query does not come",
            &["session.unsubscribe"],
            unsubscribe,
        ),
        Check::new(
            "session.asker-always",
            "an asker gets query_accepted and the end, subscribed or not",
            &["session.asker-always"],
            asker_always,
        ),
    ]
}

/// Sends `kind` for `events` at a demo door, where nothing is subscribed at open; gives the confirmation.
async fn request(cx: &Context, peer: &mut Peer, kind: &str, events: &[&str]) -> Step<Value> {
    peer.send(&json!({"type": kind, "id": "s", "events": events, "timestamp": now()})).await;
    let name = format!("{kind}d");
    let answer = peer.expect_type(&name, cx.soon()).await?.value;
    field::equals(&answer, "id", "s")?;
    let fields = field::fields(&answer);
    for list in ["events", "rejected", "active"] {
        field::array(fields, list)?;
    }
    Ok(fields.clone())
}

/// The list must not hold `name`.
fn without(fields: &Value, list: &str, name: &str) -> Step {
    let found = field::array(fields, list)?;
    let expected = format!("{list} without {name:?}");
    ensure(!found.contains(&Value::from(name)), ReasonCode::Unexpected, &expected, Value::from(found.clone()))
}

/// The names asked for are confirmed and active; nothing else is.
async fn subscribe(cx: Context) -> Step {
    let mut peer = cx.open(Door::Demo).await?;
    let answer = request(&cx, &mut peer, "subscribe", &["progress_update", "query_result"]).await?;
    for list in ["events", "active"] {
        field::contains(&answer, list, "progress_update")?;
        field::contains(&answer, list, "query_result")?;
        without(&answer, list, "partial_result")?;
    }
    let rejected = field::array(&answer, "rejected")?;
    ensure(rejected.is_empty(), ReasonCode::Unexpected, "nothing rejected", Value::from(rejected.clone()))
}

/// A name nobody knows is in `rejected` alone, and does not spoil the rest.
async fn unknown(cx: Context) -> Step {
    let mut peer = cx.open(Door::Demo).await?;
    let answer = request(&cx, &mut peer, "subscribe", &["weather_report", "progress_update"]).await?;
    field::contains(&answer, "rejected", "weather_report")?;
    without(&answer, "events", "weather_report")?;
    without(&answer, "active", "weather_report")?;
    without(&answer, "rejected", "progress_update")?;
    field::contains(&answer, "active", "progress_update")
}

/// `events` is of this request, `active` of all.
async fn active(cx: Context) -> Step {
    let mut peer = cx.open(Door::Demo).await?;
    request(&cx, &mut peer, "subscribe", &["progress_update"]).await?;
    let answer = request(&cx, &mut peer, "subscribe", &["query_result"]).await?;
    without(&answer, "events", "progress_update")?;
    field::contains(&answer, "active", "query_result")?;
    field::contains(&answer, "active", "progress_update")
}

/// `unsubscribed` names what it took away, and `active` what is left.
async fn active_shrinks(cx: Context) -> Step {
    let mut peer = cx.open(Door::Demo).await?;
    request(&cx, &mut peer, "subscribe", &["progress_update", "query_result"]).await?;
    let answer = request(&cx, &mut peer, "unsubscribe", &["progress_update"]).await?;
    field::contains(&answer, "events", "progress_update")?;
    field::contains(&answer, "active", "query_result")?;
    without(&answer, "active", "progress_update")
}

/// From `unsubscribed` to the end of a query no `progress_update` comes, though it is the client's own.
async fn unsubscribe(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    request(&cx, &mut peer, "unsubscribe", &["progress_update"]).await?;
    ask(&peer, "quiet").await;
    let seen = |value: &Value| field::name(value) == "progress_update" || ends(value, "quiet");
    let first = peer.expect("the end of the query", work(&cx), seen).await?;
    let quiet = ends(&first.value, "quiet");
    ensure(quiet, ReasonCode::Unexpected, "no progress_update before the end of the query", first.value)
}

/// Without `query_result`, which stands for both, `query_accepted` and the terminal message still come.
async fn asker_always(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    // What it subscribed to by itself keeps it from being closed as idle.
    request(&cx, &mut peer, "subscribe", &["progress_update"]).await?;
    request(&cx, &mut peer, "unsubscribe", &["query_result"]).await?;
    ask(&peer, "own").await;
    let first = |value: &Value| field::name(value) == "query_accepted" || ends(value, "own");
    let answer = peer.expect("query_accepted", cx.soon(), first).await?;
    if ends(&answer.value, "own") {
        return fail(ReasonCode::Missing, "query_accepted before the end", answer.value.to_string());
    }
    terminal(&cx, &mut peer, "own").await.map(|_| ())
}
