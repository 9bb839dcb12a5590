//! Speaking and waiting for the reply.

use serde_json::{Value, json};

use crate::checks::query::run::work;
use crate::checks::{Context, Peer, ReasonCode, Step, fail, field};
use crate::target::Door;

/// A question that names everything it wants.
pub(super) const WHOLE: &str = "show revenue by region for 2024";

/// A connection of `session` that is not idle however slow the machine is.
pub(super) async fn listening(cx: &Context, session: &str, agent: &str) -> Step<Peer> {
    let (mut peer, _) = cx.join_with(Door::Chat, session, json!({"agent_id": agent})).await?;
    peer.send(&json!({"type": "subscribe", "events": ["chat", "query_result"]})).await;
    peer.expect_type("subscribed", cx.soon()).await?;
    Ok(peer)
}

/// Says something; the answers are still to come.
pub(super) async fn say(peer: &Peer, text: &str, id: &str) {
    peer.send(&json!({"type": "chat_message", "message": text, "id": id})).await;
}

/// Everything of the message said as `id`, the terminal one last.
pub(super) async fn heard(cx: &Context, peer: &mut Peer, id: &str) -> Step<Vec<Value>> {
    let mut heard = Vec::new();
    loop {
        let next = peer.expect("the reply", work(cx), |value| value["id"] == id).await?.value;
        let last = matches!(field::name(&next), "chat_reply" | "error" | "query_result" | "query_cancelled");
        heard.push(next);
        if last {
            return Ok(heard);
        }
    }
}

/// The `chat_reply` to what is said now.
pub(super) async fn reply(cx: &Context, peer: &mut Peer, text: &str, id: &str) -> Step<Value> {
    say(peer, text, id).await;
    match heard(cx, peer, id).await?.pop() {
        Some(reply) if field::name(&reply) == "chat_reply" => Ok(reply),
        Some(other) => fail(ReasonCode::Refused, "chat_reply", other.to_string()),
        None => fail(ReasonCode::Missing, "chat_reply", "nothing"),
    }
}
