//! What is different at the demo doors: the typed dialect, and sessions that are thrown away.

use serde_json::{Value, json};

use crate::checks::{Check, Context, Peer, ReasonCode, Step, ensure, fail, field, now};
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "session.demo-throw-away",
            "a demo door ignores the session a handshake names",
            &["session.demo-throw-away"],
            throw_away,
        ),
        Check::new(
            "session.typed-timestamp",
            "the typed dialect refuses a message without timestamp",
            &["session.typed-timestamp"],
            without_timestamp,
        ),
        Check::new(
            "session.typed-timestamp-everywhere",
            "the typed dialect refuses every kind of message without timestamp",
            &["session.typed-timestamp"],
            without_timestamp_everywhere,
        ),
        Check::new(
            "session.typed-timestamp-malformed",
            "the typed dialect refuses a timestamp that is no instant",
            &["session.typed-timestamp-malformed"],
            malformed_timestamp,
        ),
        Check::new(
            "session.typed-naive-timestamp",
            "a timestamp without a zone is UTC",
            &["session.typed-naive-timestamp"],
            naive_timestamp,
        ),
    ]
}

/// The acknowledged session is the one of `connection_established`, not the one named.
async fn throw_away(cx: Context) -> Step {
    for door in [Door::Demo, Door::DemoApi] {
        let (peer, answer) = cx.join(door, &cx.fresh_session()).await?;
        field::equals(&answer, "session_id", peer.session_id()?)?;
    }
    Ok(())
}

/// Sends it; it must be refused with `INVALID_MESSAGE` and its own id, which nothing else may answer before.
async fn refused(cx: &Context, peer: &mut Peer, message: &Value) -> Step {
    peer.send(message).await;
    let what = format!("error INVALID_MESSAGE to {message}");
    let mine = |value: &Value| value["id"] == message["id"];
    let answer = peer.expect(&what, cx.soon(), mine).await?.value;
    ensure(field::name(&answer) == "error", ReasonCode::Accepted, &what, &answer)?;
    field::equals(&answer, "code", "INVALID_MESSAGE")
}

/// `INVALID_MESSAGE`, with the ids of the message, and the connection stays.
async fn without_timestamp(cx: Context) -> Step {
    let mut peer = cx.open(Door::Demo).await?;
    refused(&cx, &mut peer, &json!({"type": "ping", "id": "bare"})).await?;
    peer.expect_open(cx.soon()).await
}

/// The same of whatever else a client may send.
async fn without_timestamp_everywhere(cx: Context) -> Step {
    let mut peer = cx.open(Door::Demo).await?;
    let messages = [
        json!({"type": "heartbeat", "id": "heartbeat"}),
        json!({"type": "subscribe", "id": "subscribe", "params": {"events": ["query_result"]}}),
        json!({"type": "unsubscribe", "id": "unsubscribe", "params": {"events": ["query_result"]}}),
        json!({"type": "query", "id": "query", "params": {"query": "show revenue"}}),
        json!({"type": "command", "id": "command", "params": {"action": "cancel", "transaction_id": "none"}}),
        json!({"type": "token_refresh", "id": "refresh", "token": "none"}),
        json!({"type": "connection_handshake", "id": "handshake", "agent_id": "suite"}),
    ];
    for message in &messages {
        refused(&cx, &mut peer, message).await?;
    }
    peer.expect_open(cx.soon()).await
}

/// Of another type, or no instant; a good one is answered behind them.
async fn malformed_timestamp(cx: Context) -> Step {
    let mut peer = cx.open(Door::Demo).await?;
    let stamps = [
        json!(1_767_225_600),
        json!(""),
        json!("yesterday"),
        json!("2026-01-01"),
        json!("12:00:00Z"),
        json!("2026-13-01T00:00:00Z"),
        json!("2026-02-30T00:00:00Z"),
        json!("2026-01-01T25:00:00Z"),
        json!("2026-01-01T00:00:00.000ZZ"),
    ];
    for (number, stamp) in stamps.into_iter().enumerate() {
        refused(&cx, &mut peer, &json!({"type": "ping", "id": number, "timestamp": stamp})).await?;
    }
    peer.send(&json!({"type": "ping", "id": "good", "timestamp": now()})).await;
    peer.expect("a pong", cx.soon(), |value| value["id"] == "good" && field::name(value) == "pong")
        .await
        .map(|_| ())
}

/// As many libraries write it: no zone, microseconds.
async fn naive_timestamp(cx: Context) -> Step {
    let mut peer = cx.open(Door::Demo).await?;
    let stamp = format!("{}000", now().trim_end_matches('Z'));
    peer.send(&json!({"type": "ping", "id": "naive", "timestamp": stamp})).await;
    let answers = |value: &Value| matches!(field::name(value), "pong" | "error");
    let answer = peer.expect("pong", cx.soon(), answers).await?.value;
    if field::name(&answer) == "error" {
        return fail(ReasonCode::Refused, "pong", answer.to_string());
    }
    field::equals(&answer, "id", "naive")
}
