//! `agent_connected` and its acknowledgement, and what comes before, with and after them.

use serde_json::{Value, json};

use super::link::{DATABASE, Link, introduction, is_response, request};
use crate::checks::{Context, ReasonCode, Step, ensure, field};

/// The acknowledgement is an event with a payload and a timestamp.
pub(super) async fn envelope(cx: Context) -> Step {
    let (_link, answer) = Link::greeted(&cx).await?;
    field::equals(&answer.value, "type", "event")?;
    field::equals(&answer.value, "event_name", "connection_acknowledged")?;
    field::object(&answer.value, "payload")?;
    field::timestamp(&answer.value, "timestamp").map(|_| ())
}

async fn capability(cx: Context, name: &str) -> Step {
    let (_link, answer) = Link::greeted(&cx).await?;
    field::contains(&answer.value, "/payload/server_capabilities", name)
}

/// `batch_requests` is offered.
pub(super) async fn batch_requests(cx: Context) -> Step {
    capability(cx, "batch_requests").await
}

/// `event_subscriptions` is offered.
pub(super) async fn event_subscriptions(cx: Context) -> Step {
    capability(cx, "event_subscriptions").await
}

/// `schema_caching` is offered.
pub(super) async fn schema_caching(cx: Context) -> Step {
    capability(cx, "schema_caching").await
}

/// A request sent right behind the introduction is answered after the acknowledgement.
pub(super) async fn acknowledged_first(cx: Context) -> Step {
    let mut link = Link::open(&cx).await?;
    let id = json!("early");
    link.peer.send(&introduction("suite")).await;
    link.peer.send(&request(&id, "discover_tables_tool", &json!({"database": DATABASE}))).await;
    let first = link.peer.next_json("connection_acknowledged", cx.soon()).await?;
    let name = field::name(&first.value);
    let holds = name == "connection_acknowledged";
    ensure(holds, ReasonCode::WrongOrder, "connection_acknowledged first", name)?;
    link.response(&id).await.map(|_| ())
}

/// Said once, it is answered once.
pub(super) async fn once(cx: Context) -> Step {
    let mut link = Link::join(&cx).await?;
    link.peer.send(&json!({"type": "ping", "id": "after"})).await;
    let next = link.peer.next_json("the pong", cx.soon()).await?;
    let name = field::name(&next.value);
    ensure(name != "connection_acknowledged", ReasonCode::Duplicate, "one acknowledgement", "a second")
}

/// A second introduction is refused, the connection and what it was go on.
pub(super) async fn again(cx: Context) -> Step {
    let mut link = Link::join(&cx).await?;
    link.peer.send(&introduction("somebody-else")).await;
    link.refused("ALREADY_ESTABLISHED").await.map(|_| ())
}

/// An introduction without `agent_id`.
pub(super) async fn nameless(cx: Context) -> Step {
    let mut link = Link::open(&cx).await?;
    let nameless =
        json!({"type": "event", "event_name": "agent_connected", "payload": {"agent_type": "data"}});
    link.peer.send(&nameless).await;
    link.refused("INVALID_MESSAGE").await?;
    // It may still introduce itself.
    link.peer.send(&introduction("suite")).await;
    link.peer.expect_type("connection_acknowledged", cx.soon()).await.map(|_| ())
}

/// Unknown fields are ignored.
pub(super) async fn unknown_fields(cx: Context) -> Step {
    let mut link = Link::open(&cx).await?;
    let mut greeting = introduction("suite");
    greeting["colour"] = json!("blue");
    greeting["payload"]["shape"] = json!({"round": true});
    link.peer.send(&greeting).await;
    link.peer.expect_type("connection_acknowledged", cx.soon()).await?;
    let mut call = request(&json!("odd"), "discover_tables_tool", &json!({"database": DATABASE}));
    call["colour"] = json!("blue");
    call["params"]["shape"] = Value::Null;
    link.peer.send(&call).await;
    let deadline = link.work();
    let answer = link.peer.expect("an answer", deadline, |value| {
        is_response(value, &json!("odd")) || field::name(value) == "error"
    });
    super::link::result_of(&answer.await?.value).map(|_| ())
}
