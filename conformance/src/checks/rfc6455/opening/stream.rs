//! A handshake is bytes on a stream: it may come in pieces, and more may come behind it.

use std::time::Duration;

use crate::checks::{Check, Context, ReasonCode, Step, Stop, Violation, ensure, fail};
use crate::peer::{EventKind, Frame, LinkOptions, Message};
use crate::target::Door;

/// Keys that tell these handshakes from others: sixteen octets in base64.
pub(crate) const KEY_OF_OCTETS: &str = "b2N0ZXQgYnkgb2N0ZXQhIQ==";
pub(crate) const KEY_OF_HALVES: &str = "aW4gdHdvIGhhbHZlcyEhIQ==";
pub(crate) const KEY_BEHIND_LINE: &str = "YmVoaW5kIGEgbGluZS4uLg==";

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "opening.in-octets",
            "a request that TCP brings one octet at a time is one request",
            &["opening.in-pieces"],
            |cx| in_pieces(cx, KEY_OF_OCTETS, 1, Duration::ZERO),
        ),
        Check::new(
            "opening.in-halves",
            "a request in two packets is one request",
            &["opening.in-pieces"],
            |cx| in_pieces(cx, KEY_OF_HALVES, 90, Duration::from_millis(20)),
        ),
        Check::new(
            "opening.behind-empty-line",
            "an empty line before the request is passed over",
            &["opening.empty-line"],
            behind_empty_line,
        ),
        Check::new(
            "opening.frame-behind",
            "a frame in the packet of the request is answered",
            &["opening.pipelined"],
            |cx| frames_behind(cx, &["behind the request"]),
        ),
        Check::new(
            "opening.frames-behind",
            "three frames in the packet of the request are answered in order",
            &["opening.pipelined"],
            |cx| frames_behind(cx, &["first behind", "second behind", "third behind"]),
        ),
        Check::new(
            "opening.frames-behind-in-order",
            "of frames in the packet of the request those that are answered come in order and as they were",
            &["opening.pipelined-order"],
            behind_in_order,
        ),
        Check::new(
            "opening.close-behind",
            "a close frame in the packet of the request is answered",
            &["opening.pipelined"],
            close_behind,
        ),
        Check::new(
            "opening.twice",
            "a handshake on a connection that is upgraded already is no handshake",
            &["opening.once"],
            twice,
        ),
    ]
}

async fn in_pieces(cx: Context, key: &'static str, size: usize, pause: Duration) -> Step {
    let request = cx.upgrade_request(&Door::Echo).with("Sec-WebSocket-Key", key);
    let mut raw = cx.raw().await?;
    for piece in request.encode().chunks(size) {
        raw.send(piece).await;
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
    }
    is_opened(raw.response(cx.soon(), false).await?.status)
}

fn is_opened(status: u16) -> Step {
    ensure(status == 101, ReasonCode::WrongStatus, "101 Switching Protocols", format!("status {status}"))
}

/// Robust servers pass over an empty line before a request (RFC 9112 §2.2).
async fn behind_empty_line(cx: Context) -> Step {
    let request = cx.upgrade_request(&Door::Echo).with("Sec-WebSocket-Key", KEY_BEHIND_LINE);
    let mut raw = cx.raw().await?;
    raw.send(&[b"\r\n", request.encode().as_slice()].concat()).await;
    is_opened(raw.response(cx.soon(), false).await?.status)
}

/// Frames may come before the server has answered the handshake; none may be lost.
async fn frames_behind(cx: Context, texts: &'static [&'static str]) -> Step {
    let behind: Vec<u8> =
        texts.iter().flat_map(|text| Frame::text(*text).masked(rand::random()).encode()).collect();
    let request = cx.upgrade_request(&Door::Echo);
    let mut peer = cx.upgrade_with(&request, &behind, LinkOptions::default()).await?;
    for text in texts {
        let what = format!("the echo of {text:?}");
        let got = peer
            .expect_with(&what, cx.soon(), |event| match &event.kind {
                EventKind::Message(Message::Text(text)) => Some(text.clone()),
                _ => None,
            })
            .await?;
        ensure(got == *text, ReasonCode::WrongValue, &what, format!("{got:?}"))?;
    }
    Ok(())
}

/// Frames behind the request may be lost, have the handshake refused (a client must wait for the answer, §4.1), or end
/// the connection; those that come back are what was sent, in order. What follows the 101 is a message like any other.
async fn behind_in_order(cx: Context) -> Step {
    let early = ["early, first", "early, second", "early, third"];
    let bytes: Vec<u8> =
        early.iter().flat_map(|text| Frame::text(*text).masked(rand::random()).encode()).collect();
    let mut peer = match cx
        .upgrade_with(&cx.upgrade_request(&Door::Echo), &bytes, LinkOptions::default())
        .await
    {
        Err(Stop::Violation(Violation { code: ReasonCode::WrongStatus | ReasonCode::Closed, .. })) => {
            return Ok(());
        }
        other => other?,
    };
    peer.send_frame(Frame::text("in time")).await;
    let mut wanted = early.into_iter().chain(["in time"]);
    let deadline = cx.soon();
    while let Some(event) = peer.next_event(deadline.end()).await {
        let what = "the echoes in order";
        match event.kind {
            EventKind::End(_) | EventKind::Message(Message::Close(_)) => return Ok(()),
            EventKind::Message(Message::Text(text)) => {
                let expected = wanted.clone().next().unwrap_or_default();
                ensure(
                    wanted.any(|wanted| wanted == text),
                    ReasonCode::WrongValue,
                    &format!("the echo of {expected:?} or of what was sent behind it"),
                    format!("{text:?}"),
                )?;
                if text == "in time" {
                    return Ok(());
                }
            }
            EventKind::Fault(fault) => return fail(ReasonCode::Malformed, what, fault.to_string()),
            EventKind::Message(Message::Ping(_) | Message::Pong(_)) => {}
            EventKind::Message(message) => return fail(ReasonCode::WrongType, what, message.to_string()),
        }
    }
    fail(ReasonCode::Missing, "the echo of \"in time\"", "silence")
}

async fn close_behind(cx: Context) -> Step {
    let behind = Frame::close(1000, "behind the request").masked(rand::random()).encode();
    let request = cx.upgrade_request(&Door::Echo);
    let mut peer = cx.upgrade_with(&request, &behind, LinkOptions::default()).await?;
    peer.expect_with("a close frame", cx.soon(), |event| {
        matches!(event.kind, EventKind::Message(Message::Close(_))).then_some(())
    })
    .await
}

/// Behind the upgrade there are frames only: a second request is a violation of their form.
async fn twice(cx: Context) -> Step {
    let mut peer = cx.upgrade(&cx.upgrade_request(&Door::Echo)).await?;
    peer.set_auto_pong(false);
    peer.link().send_bytes(&cx.upgrade_request(&Door::Echo).encode()).await;
    let deadline = cx.soon();
    while let Some(event) = peer.next_event(deadline.end()).await {
        match event.kind {
            EventKind::End(_) | EventKind::Message(Message::Close(_)) => return Ok(()),
            EventKind::Fault(fault) => {
                return fail(ReasonCode::Malformed, "a failed connection", fault.to_string());
            }
            EventKind::Message(Message::Ping(_)) => {}
            EventKind::Message(message) => {
                return fail(ReasonCode::Accepted, "a failed connection", message.to_string());
            }
        }
    }
    fail(ReasonCode::NotClosed, "a failed connection", "an open connection")
}
