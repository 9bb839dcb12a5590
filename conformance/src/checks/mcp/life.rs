//! Signs of life, which work does not hold up.

use std::time::Duration;

use serde_json::json;

use super::link::{Link, expect_value, is_response};
use crate::checks::{Context, ReasonCode, Step, Stop, ensure, field};
use crate::peer::Frame;

/// A JSON ping is answered by a pong with its id.
pub(super) async fn ping(cx: Context) -> Step {
    let mut link = Link::join(&cx).await?;
    link.peer.send(&json!({"type": "ping", "id": "p-1"})).await;
    let pong = link.peer.expect_type("pong", cx.soon()).await?;
    field::equals(&pong.value, "id", "p-1")?;
    field::timestamp(&pong.value, "timestamp").map(|_| ())
}

/// A ping before the introduction is answered as well.
pub(super) async fn early_ping(cx: Context) -> Step {
    let mut link = Link::open(&cx).await?;
    link.peer.send(&json!({"type": "ping", "id": 7})).await;
    let pong = link.peer.expect_type("pong", cx.soon()).await?;
    field::equals(&pong.value, "id", 7)
}

/// A WebSocket ping is answered by a pong with its payload.
pub(super) async fn frame_ping(cx: Context) -> Step {
    let mut link = Link::join(&cx).await?;
    link.peer.send_frame(Frame::ping("are you there?")).await;
    link.peer.expect_pong(b"are you there?", cx.soon()).await.map(|_| ())
}

/// A heartbeat is answered with its correlation id.
pub(super) async fn heartbeat(cx: Context) -> Step {
    let mut link = Link::join(&cx).await?;
    link.peer.send(&json!({"type": "heartbeat", "correlation_id": "beat-1"})).await;
    let answer = link.peer.expect_type("heartbeat_response", cx.soon()).await?;
    field::equals(&answer.value, "correlation_id", "beat-1")?;
    field::timestamp(&answer.value, "timestamp").map(|_| ())
}

/// A heartbeat's answer says how the server is.
pub(super) async fn health(cx: Context) -> Step {
    let mut link = Link::join(&cx).await?;
    link.peer.send(&json!({"type": "heartbeat", "correlation_id": "beat-2"})).await;
    let answer = link.peer.expect_type("heartbeat_response", cx.soon()).await?;
    field::equals(&answer.value, "server_status", "healthy")?;
    field::integer(&answer.value, "/metrics/uptime_seconds")?;
    let open = field::integer(&answer.value, "/metrics/active_connections")?;
    expect_value(open >= 1, "active_connections with this one in it", open)
}

/// A heartbeat is answered while a request runs, before it.
pub(super) async fn while_working(cx: Context) -> Step {
    for _ in 0..3 {
        let mut link = Link::join(&cx).await?;
        let id = link.start_slow().await;
        link.peer.send(&json!({"type": "heartbeat", "correlation_id": "beat-3"})).await;
        let beat = |value: &serde_json::Value| field::name(value) == "heartbeat_response";
        let either = |value: &serde_json::Value| beat(value) || is_response(value, &id);
        let deadline = link.work();
        let first = link.peer.expect("heartbeat_response", deadline, either).await?;
        if beat(&first.value) {
            let waited = first.at.saturating_duration_since(deadline.start());
            link.cancel(&id).await;
            return ensure(
                !cx.soon().from(deadline.start()).is_late(first.at),
                ReasonCode::Late,
                "heartbeat_response in time",
                format!("{waited:?}"),
            );
        }
        if first.value.get("error").is_some_and(|error| error["code"] == "QUERY_TIMEOUT") {
            return crate::checks::fail(
                ReasonCode::WrongOrder,
                "heartbeat_response while a request runs",
                "it only after the request's answer",
            );
        }
        // Busy, or quicker than thought: the order says nothing.
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Err(Stop::Harness("no request ran long enough".to_owned()))
}
