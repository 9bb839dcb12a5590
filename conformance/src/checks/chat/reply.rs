//! One message and what comes back.

use serde_json::{Value, json};

use super::conversation::{WHOLE, heard, listening, reply, say};
use crate::checks::query::run::{ask, work};
use crate::checks::{Check, Context, ReasonCode, Step, ensure, ensure_eq, fail, field};
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!(
            "chat",
            "reply",
            "a message is answered by one chat_reply with the result in it",
            "reply",
            answered
        )
        .features(&["chat"]),
        check!("chat", "reply-text", "a reply says something", "reply-text", says_something)
            .features(&["chat"]),
        check!("chat", "order", "acceptance first, progress between, the reply last", "order", order)
            .features(&["chat"]),
        check!(
            "chat",
            "ends-once",
            "nothing of the transaction comes behind the reply",
            "ends-once",
            ends_once
        )
        .features(&["chat"]),
        check!("chat", "ids", "ids come back on everything about the message", "ids", ids)
            .features(&["chat"]),
        check!("chat", "at-query-door", "chat is spoken at the query door too", "everywhere", at_query_door)
            .features(&["chat"]),
        check!(
            "chat",
            "query-at-chat",
            "a query at the chat door is a query",
            "query-at-chat",
            query_at_chat
        )
        .features(&["chat"]),
        check!("chat", "no-message", "a message without text is INVALID_MESSAGE", "form", no_message)
            .features(&["chat"]),
        check!("chat", "blank", "a blank message is QUERY_REJECTED", "rejected", blank).features(&["chat"]),
        check!("chat", "event", "the reply is an event of the session, with an offset", "event", event)
            .features(&["chat"]),
        check!("chat", "seen-by-others", "the session's other connections see the reply", "event", seen)
            .features(&["chat"]),
        check!(
            "chat",
            "not-seen-by-strangers",
            "another session does not see the reply",
            "isolated",
            strangers
        )
        .features(&["chat"]),
    ]
}

/// `query_accepted` … `chat_reply` with the fields of a result.
async fn answered(cx: Context) -> Step {
    let mut peer = cx.open(Door::Chat).await?;
    let reply = reply(&cx, &mut peer, WHOLE, "c").await?;
    for name in ["sql", "message", "transaction_id", "status"] {
        field::text(&reply, name)?;
    }
    field::array(&reply, "columns")?;
    let rows = field::array(&reply, "rows")?.len();
    let count = field::integer(&reply, "row_count")?;
    ensure(count == rows as u64, ReasonCode::WrongValue, &format!("row_count {rows}"), count)?;
    field::object(&reply, "database_context").map(|_| ())
}

/// `message` is a text with something in it.
async fn says_something(cx: Context) -> Step {
    let mut peer = cx.open(Door::Chat).await?;
    let reply = reply(&cx, &mut peer, WHOLE, "c").await?;
    let text = field::text(&reply, "message")?;
    ensure(!text.trim().is_empty(), ReasonCode::WrongValue, "a message with words", format!("{text:?}"))
}

/// The offsets and names of one message's events.
async fn order(cx: Context) -> Step {
    let mut peer = cx.open(Door::Chat).await?;
    say(&peer, WHOLE, "c").await;
    let heard = heard(&cx, &mut peer, "c").await?;
    let names: Vec<&str> = heard.iter().map(field::name).collect();
    ensure(
        names.first() == Some(&"query_accepted"),
        ReasonCode::WrongOrder,
        "query_accepted first",
        format!("{names:?}"),
    )?;
    let progress = names.contains(&"progress_update");
    ensure(progress, ReasonCode::Missing, "progress_update before the reply", format!("{names:?}"))?;
    ensure(
        names.last() == Some(&"chat_reply"),
        ReasonCode::WrongValue,
        "chat_reply last",
        format!("{names:?}"),
    )
}

/// The next message behind the reply is the answer to a ping sent then.
async fn ends_once(cx: Context) -> Step {
    let mut peer = cx.open(Door::Chat).await?;
    let reply = reply(&cx, &mut peer, WHOLE, "c").await?;
    let transaction = field::text(&reply, "transaction_id")?.to_owned();
    peer.send(&json!({"type": "ping", "id": "behind"})).await;
    let next = peer
        .expect("a pong", cx.soon(), |value| {
            value["transaction_id"] == transaction.as_str() || field::name(value) == "pong"
        })
        .await?;
    let name = field::name(&next.value);
    ensure(name == "pong", ReasonCode::Duplicate, "nothing behind the reply", name)
}

/// `id`, `query_id` and `correlation_id`, on acceptance, progress and reply.
async fn ids(cx: Context) -> Step {
    let mut peer = cx.open(Door::Chat).await?;
    let ids = json!({"id": "c-1", "query_id": 7, "correlation_id": "k"});
    let mut message = json!({"type": "chat_message", "message": WHOLE});
    if let (Some(message), Some(ids)) = (message.as_object_mut(), ids.as_object()) {
        message.extend(ids.clone());
    }
    peer.send(&message).await;
    loop {
        let about = |value: &Value| value.get("transaction_id").is_some();
        let next = peer.expect("chat_reply", work(&cx), about).await?.value;
        for name in ["id", "query_id", "correlation_id"] {
            field::equals(&next, name, ids[name].clone())?;
        }
        if field::name(&next) == "chat_reply" {
            return Ok(());
        }
    }
}

/// One state machine for all doors of the named dialect.
async fn at_query_door(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    reply(&cx, &mut peer, WHOLE, "c").await.map(|_| ())
}

/// It ends in `query_result`.
async fn query_at_chat(cx: Context) -> Step {
    let mut peer = cx.open(Door::Chat).await?;
    let run = ask(&cx, &mut peer, &json!({"query_id": "q"})).await?;
    let name = field::name(&run.terminal()?.value);
    ensure(name == "query_result", ReasonCode::WrongValue, "query_result", name)
}

/// Not there, or no text: the connection stays.
async fn no_message(cx: Context) -> Step {
    let mut peer = cx.open(Door::Chat).await?;
    for message in [
        json!({"type": "chat_message", "id": "c"}),
        json!({"type": "chat_message", "id": "c", "message": 7}),
        json!({"type": "chat_message", "id": "c", "query": WHOLE}),
    ] {
        peer.send(&message).await;
        let answer = peer.expect("error INVALID_MESSAGE", cx.soon(), |value| value["id"] == "c").await?.value;
        if field::name(&answer) != "error" {
            return fail(ReasonCode::Accepted, "error INVALID_MESSAGE", answer.to_string());
        }
        field::equals(&answer, "code", "INVALID_MESSAGE")?;
    }
    peer.expect_open(cx.soon()).await
}

/// `details.reason` `empty`, as of a query.
async fn blank(cx: Context) -> Step {
    let mut peer = cx.open(Door::Chat).await?;
    say(&peer, " \t", "c").await;
    let answer = peer.expect("error QUERY_REJECTED", cx.soon(), |value| value["id"] == "c").await?.value;
    if field::name(&answer) != "error" {
        return fail(ReasonCode::Accepted, "error QUERY_REJECTED", answer.to_string());
    }
    field::equals(&answer, "code", "QUERY_REJECTED")?;
    field::equals(&answer, "/details/reason", "empty")
}

/// `session_id`, `epoch`, and the offset behind the one before.
async fn event(cx: Context) -> Step {
    let mut peer = cx.open(Door::Chat).await?;
    say(&peer, WHOLE, "c").await;
    let heard = heard(&cx, &mut peer, "c").await?;
    let offsets: Vec<u64> = heard.iter().map(|event| field::integer(event, "offset")).collect::<Step<_>>()?;
    let expected: Vec<u64> = (1..=offsets.len() as u64).collect();
    ensure_eq("offsets", &offsets, &expected)?;
    let Some(reply) = heard.last() else { return Ok(()) };
    field::equals(reply, "session_id", peer.session_id()?)?;
    field::equals(reply, "epoch", field::text(peer.established(), "epoch")?)
}

/// The same reply, offset included.
async fn seen(cx: Context) -> Step {
    let session = cx.fresh_session();
    let mut speaker = listening(&cx, &session, "speaker").await?;
    let mut other = listening(&cx, &session, "other").await?;
    let reply = reply(&cx, &mut speaker, WHOLE, "c").await?;
    let seen = other.expect_type("chat_reply", work(&cx)).await?.value;
    field::equals(&seen, "offset", field::any(&reply, "offset")?.clone())?;
    field::equals(&seen, "message", field::any(&reply, "message")?.clone())
}

/// Nothing of it, up to the answer to a ping sent behind the reply.
async fn strangers(cx: Context) -> Step {
    let mut stranger = listening(&cx, &cx.fresh_session(), "stranger").await?;
    let mut speaker = cx.open(Door::Chat).await?;
    reply(&cx, &mut speaker, WHOLE, "c").await?;
    stranger.send(&json!({"type": "ping", "id": "behind"})).await;
    let foreign = |value: &Value| value.get("transaction_id").is_some() || field::name(value) == "pong";
    let next = stranger.expect("a pong", cx.soon(), foreign).await?.value;
    ensure(field::name(&next) == "pong", ReasonCode::Leak, "nothing of another session", next)
}
