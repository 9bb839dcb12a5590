//! Compression on the application's doors: read, limited, and never shared between sessions.

use serde_json::{Value, json};

use crate::checks::query::run::QUESTION;
use crate::checks::rfc7692::connection::COMPRESSED;
use crate::checks::{Check, Context, Peer, ReasonCode, Step, ensure, fail, field};
use crate::peer::deflate::{Deflater, LARGEST_WINDOW, Style};
use crate::peer::{Frame, Shape};
use crate::target::Door;

use super::reading::{DEFLATED, Wanted, join, join_with, next, question, up_to};

/// Every encoding at once.
const EVERYTHING: Wanted = Wanted { name: "all", deflate: true, capabilities: &["msgpack", "batch"] };

pub(super) fn checks() -> Vec<Check> {
    let all = vec![
        Check::new(
            "encoding.compressed-query",
            "a compressed query is answered like any other",
            &["encoding.compressed-messages"],
            compressed_query,
        ),
        Check::new(
            "encoding.compressed-ping",
            "a compressed ping message is answered with its id",
            &["encoding.compressed-messages"],
            compressed_ping,
        ),
        Check::new(
            "encoding.compressed-limit",
            "a message over the announced limit when it is decompressed closes with 1009",
            &["encoding.compressed-limit"],
            compressed_limit,
        ),
        Check::new(
            "encoding.compressed-under-limit",
            "a message just under the limit, compressed, is taken",
            &["encoding.compressed-limit"],
            compressed_under_limit,
        ),
        Check::new(
            "encoding.compressed-broken",
            "compressed data that is broken closes with 1007",
            &["encoding.compressed-broken"],
            compressed_broken,
        ),
        Check::new(
            "encoding.compressed-twice",
            "no compressed message of the target refers to an earlier one",
            &["encoding.no-context"],
            no_context,
        ),
        Check::new(
            "encoding.sessions-apart",
            "sessions at the same time, in every encoding, see their own events alone",
            &["encoding.sessions-apart"],
            sessions_apart,
        ),
    ];
    let mut all: Vec<Check> = all.into_iter().map(|check| check.features(&["deflate"])).collect();
    all.push(Check::new(
        "encoding.subprotocols-of-others",
        "of subprotocols it does not speak the target selects none",
        &["encoding.subprotocols-of-others"],
        subprotocols_of_others,
    ));
    all
}

/// A compressed text frame.
fn compressed(text: &str) -> Frame {
    Frame::text(Deflater::new(LARGEST_WINDOW, false, Style::Usual).message(text.as_bytes())).rsv(COMPRESSED)
}

async fn compressed_query(cx: Context) -> Step {
    let mut peer = join(&cx, &cx.fresh_session(), DEFLATED).await?;
    let query = json!({"type": "query", "query": QUESTION, "query_id": "compressed-1"});
    peer.send_frame(compressed(&query.to_string())).await;
    let all = up_to(&cx, &mut peer, "query_result").await?;
    match all.last() {
        Some(last) => field::equals(&last.value, "query_id", "compressed-1"),
        None => fail(ReasonCode::Missing, "query_result", "nothing"),
    }
}

async fn compressed_ping(cx: Context) -> Step {
    let mut peer = join(&cx, &cx.fresh_session(), DEFLATED).await?;
    peer.send_frame(compressed(r#"{"type":"ping","id":"compressed"}"#)).await;
    let pong = peer.expect_type("pong", cx.soon()).await?;
    field::equals(&pong.value, "id", "compressed")
}

/// A ping with so much filling that it has `size` octets.
fn filled_ping(size: usize) -> String {
    let bare = json!({"type": "ping", "id": "filled", "filling": ""}).to_string();
    json!({"type": "ping", "id": "filled", "filling": "0".repeat(size.saturating_sub(bare.len()))})
        .to_string()
}

/// Opens the door with compression; gives the largest message the target announces too.
async fn limited(cx: &Context) -> Step<(Peer, usize)> {
    let request = cx.upgrade_request(&Door::Query);
    let request = request.header(crate::checks::rfc7692::connection::FIELD, super::reading::OFFER);
    let mut peer = cx.upgrade(&request).await?;
    if peer.response().field(crate::checks::rfc7692::connection::FIELD).is_none() {
        return Err(cx.declined("deflate", "the target declines compression"));
    }
    let established = peer.expect_type("connection_established", cx.soon()).await?.value;
    let limit = field::integer(&established, "/limits/max_message_bytes")?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if limit > 64 << 20 {
        return Err(cx.declined("message-limit", format!("the target takes messages of {limit} octets")));
    }
    Ok((peer, limit))
}

async fn compressed_limit(cx: Context) -> Step {
    let (mut peer, limit) = limited(&cx).await?;
    peer.send_frame(compressed(&filled_ping(limit + 1))).await;
    let answered = |value: &Value| field::name(value) == "pong";
    let deadline = cx.soon();
    loop {
        let Some(event) = peer.next_event(deadline.end()).await else {
            return fail(ReasonCode::NotClosed, "close 1009", "an open connection");
        };
        use crate::peer::{EventKind, Message};
        match event.kind {
            EventKind::Message(Message::Close(Some((1009, _)))) => return Ok(()),
            EventKind::Message(Message::Close(parts)) => {
                let actual = Message::Close(parts).to_string();
                return fail(ReasonCode::WrongCloseCode, "close 1009", actual);
            }
            EventKind::Message(message) if message.to_json().is_some_and(|value| answered(&value)) => {
                return fail(ReasonCode::Accepted, "close 1009", "a pong");
            }
            EventKind::Message(_) => {}
            EventKind::End(_) => return fail(ReasonCode::Missing, "close 1009", "the end of the connection"),
            EventKind::Fault(fault) => return fail(ReasonCode::Malformed, "close 1009", fault.to_string()),
        }
    }
}

async fn compressed_under_limit(cx: Context) -> Step {
    let (mut peer, limit) = limited(&cx).await?;
    peer.send_frame(compressed(&filled_ping(limit))).await;
    let pong = peer.expect_type("pong", cx.soon()).await?;
    field::equals(&pong.value, "id", "filled")
}

async fn compressed_broken(cx: Context) -> Step {
    let mut peer = join(&cx, &cx.fresh_session(), DEFLATED).await?;
    peer.send_frame(Frame::text([0x07, 0x00]).rsv(COMPRESSED)).await;
    peer.expect_close(1007, None, cx.soon()).await.map(drop)
}

/// Whatever the answer to the offer says: sessions have no context on these doors.
async fn no_context(cx: Context) -> Step {
    let mut peer = join(&cx, &cx.fresh_session(), DEFLATED).await?;
    let answer: Vec<&str> = peer.response().values(crate::checks::rfc7692::connection::FIELD).collect();
    let answer = answer.join(", ");
    for name in ["server_no_context_takeover", "client_no_context_takeover"] {
        ensure(answer.contains(name), ReasonCode::Missing, name, &answer)?;
    }
    peer.send(&question(true)).await;
    up_to(&cx, &mut peer, "query_result").await?;
    let shapes: Vec<Shape> = std::iter::from_fn(|| peer.link().take_shape()).collect();
    let some = shapes.iter().any(|shape| shape.compressed.is_some());
    ensure(some, ReasonCode::Missing, "a compressed message", "none of a large result")
}

/// Two sessions, asked at the same time.
async fn sessions_apart(cx: Context) -> Step {
    let sessions = [cx.fresh_session(), cx.fresh_session()];
    let (mut first, _) = join_with(&cx, &sessions[0], EVERYTHING, json!({})).await?;
    let (mut second, _) = join_with(&cx, &sessions[1], EVERYTHING, json!({})).await?;
    first.send(&question(true)).await;
    second.send(&question(true)).await;
    for (peer, session) in [(&mut first, &sessions[0]), (&mut second, &sessions[1])] {
        let mut named = 0;
        for got in up_to(&cx, peer, "query_result").await? {
            let Some(owner) = got.value.get("session_id").and_then(Value::as_str) else { continue };
            ensure(owner == session, ReasonCode::Leak, &format!("events of {session}"), &got.value)?;
            named += 1;
        }
        ensure(named > 0, ReasonCode::Missing, &format!("events that name {session}"), "none")?;
    }
    Ok(())
}

async fn subprotocols_of_others(cx: Context) -> Step {
    let request = cx.upgrade_request(&Door::Query);
    let request = request.header("Sec-WebSocket-Protocol", "msgpack, graphql-ws, tidegate.v99");
    let mut peer = cx.upgrade(&request).await?;
    if let Some(selected) = peer.response().field("Sec-WebSocket-Protocol") {
        return fail(ReasonCode::Unexpected, "no subprotocol", selected);
    }
    let first = next(&mut peer, "connection_established", cx.soon()).await?;
    ensure(first.iter().all(|got| !got.binary), ReasonCode::WrongType, "text", "a binary message")
}
