//! The JSON ping, and the ids its answer echoes.

use serde_json::{Value, json};

use super::heartbeat::beat;
use crate::checks::{Check, Context, Step, field, now};
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new("life.ping-echoes-ids", "a pong echoes the ids of its ping", &["life.ping-ids"], echoed),
        Check::new("life.pong-adds-no-ids", "a pong has no ids of its own", &["life.ping-ids"], none_added),
        Check::new(
            "life.heartbeat-correlation",
            "a heartbeat_response echoes correlation_id",
            &["life.heartbeat-correlation"],
            correlation,
        ),
        Check::new(
            "life.heartbeat-correlation-null",
            "without a correlation_id it is null",
            &["life.heartbeat-correlation"],
            correlation_null,
        ),
        Check::new(
            "life.heartbeat-typed",
            "in the typed dialect a heartbeat_response is an event",
            &["life.heartbeat-typed"],
            typed,
        ),
    ]
}

/// Texts stay texts, integers stay integers, each under its own name.
async fn echoed(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    for (id, query_id, correlation_id) in
        [(json!("p-1"), json!(7), json!("c ü 3")), (json!(-12), json!("q"), json!(9_007_199_254_740_991_i64))]
    {
        peer.send(&json!({
            "type": "ping", "id": id, "query_id": query_id, "correlation_id": correlation_id,
        }))
        .await;
        let pong = peer.expect_type("pong", cx.soon()).await?.value;
        field::equals(&pong, "id", id)?;
        field::equals(&pong, "query_id", query_id)?;
        field::equals(&pong, "correlation_id", correlation_id)?;
        field::timestamp(&pong, "timestamp")?;
    }
    Ok(())
}

/// Ids that were not given are not there, not even as null.
async fn none_added(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    peer.send(&json!({"type": "ping"})).await;
    let bare = peer.expect_type("pong", cx.soon()).await?.value;
    for name in ["id", "query_id", "correlation_id"] {
        field::absent(&bare, name)?;
    }
    peer.send(&json!({"type": "ping", "id": "only"})).await;
    let pong = peer.expect_type("pong", cx.soon()).await?.value;
    field::absent(&pong, "query_id")?;
    field::absent(&pong, "correlation_id")
}

/// Text or integer, each answer with its own.
async fn correlation(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    for given in [json!("beat-1"), json!(2)] {
        let response = beat(&cx, &mut peer, &json!({"correlation_id": given})).await?;
        field::equals(&response, "correlation_id", given)?;
    }
    Ok(())
}

/// Null, and there.
async fn correlation_null(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let response = beat(&cx, &mut peer, &json!({})).await?;
    field::equals(&response, "correlation_id", Value::Null)
}

/// `event` with the named message as its payload; the id on the envelope too.
async fn typed(cx: Context) -> Step {
    let mut peer = cx.open(Door::Demo).await?;
    let fields = json!({"correlation_id": "typed", "timestamp": now()});
    let event = beat(&cx, &mut peer, &fields).await?;
    field::equals(&event, "type", "event")?;
    field::equals(&event, "event_name", "heartbeat_response")?;
    field::equals(&event, "correlation_id", "typed")?;
    field::equals(&event, "/payload/correlation_id", "typed")?;
    field::text(&event, "/payload/server_status").map(|_| ())
}
