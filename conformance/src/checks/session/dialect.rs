//! What is different at the demo doors: the typed dialect, and sessions that are thrown away.

use serde_json::{Value, json};

use crate::checks::{Check, Context, ReasonCode, Step, ensure, fail, field, now};
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

/// `INVALID_MESSAGE`, with the ids of the message, and the connection stays.
async fn without_timestamp(cx: Context) -> Step {
    let mut peer = cx.open(Door::Demo).await?;
    peer.send(&json!({"type": "ping", "id": "bare"})).await;
    let answers = |value: &Value| matches!(field::name(value), "pong" | "error");
    let answer = peer.expect("error INVALID_MESSAGE", cx.soon(), answers).await?.value;
    ensure(field::name(&answer) == "error", ReasonCode::Accepted, "error INVALID_MESSAGE", &answer)?;
    field::equals(&answer, "code", "INVALID_MESSAGE")?;
    field::equals(&answer, "id", "bare")?;
    peer.expect_open(cx.soon()).await
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
