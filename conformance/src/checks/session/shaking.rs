//! Sending a handshake and judging its answer.

use serde_json::{Value, json};

use crate::checks::{Context, Peer, ReasonCode, Step, fail, field};

/// A handshake with these fields.
fn handshake(fields: &Value) -> Value {
    let mut message = json!({"type": "connection_handshake"});
    if let (Some(message), Value::Object(fields)) = (message.as_object_mut(), fields) {
        message.extend(fields.clone());
    }
    message
}

async fn shake(cx: &Context, peer: &mut Peer, fields: &Value) -> Step<Value> {
    peer.send(&handshake(fields)).await;
    let answers = |value: &Value| matches!(field::name(value), "connection_acknowledged" | "error");
    let answer = peer.expect("connection_acknowledged or an error", cx.soon(), answers).await?;
    Ok(answer.value)
}

/// Sends a handshake that must be acknowledged.
pub(super) async fn acknowledged(cx: &Context, peer: &mut Peer, fields: &Value) -> Step<Value> {
    let answer = shake(cx, peer, fields).await?;
    if field::name(&answer) == "error" {
        return fail(ReasonCode::Refused, "connection_acknowledged", answer.to_string());
    }
    Ok(answer)
}

/// Sends a handshake that must be refused with a whole error body of this code.
pub(super) async fn refused(cx: &Context, peer: &mut Peer, fields: &Value, code: &str) -> Step<Value> {
    let answer = shake(cx, peer, fields).await?;
    if field::name(&answer) != "error" {
        return fail(ReasonCode::Accepted, format!("error {code}"), answer.to_string());
    }
    field::equals(&answer, "code", code)?;
    field::text(&answer, "message")?;
    field::timestamp(&answer, "timestamp")?;
    Ok(answer)
}
