//! Pings and pongs (RFC 6455 §5.5.2, §5.5.3), and what the server's own frames look like.

use std::time::Duration;

use serde_json::json;

use crate::checks::{Check, Context, Step};
use crate::peer::{Frame, Message};
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "framing.ping-echo",
            "a pong has the payload of its ping",
            &["framing.ping-echo"],
            ping_echo,
        ),
        Check::new(
            "framing.unasked-pong",
            "a pong that answers nothing is ignored",
            &["framing.unasked-pong"],
            unasked_pong,
        ),
        Check::new(
            "framing.server-frames",
            "the server's own frames are well formed",
            &["framing.server-frames"],
            server_frames,
        ),
    ]
}

/// A ping is answered by a pong with the same bytes, whatever they are.
async fn ping_echo(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let longest: Vec<u8> = (0..125).map(|at| 255 - at).collect();
    for payload in [b"".as_slice(), b"\0", b"\xff\xfe not text", &longest] {
        peer.send_frame(Frame::ping(payload)).await;
        peer.expect_pong(payload, cx.soon()).await?;
    }
    Ok(())
}

/// A pong that answers nothing is ignored: no answer, no close.
async fn unasked_pong(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    peer.send_frame(Frame::pong("unasked")).await;
    let answers = |message: &Message| match message {
        Message::Pong(payload) => payload == b"unasked",
        Message::Text(_) => message.to_json().is_some_and(|value| value["type"] == "error"),
        _ => false,
    };
    peer.expect_silence("no answer to an unasked pong", cx.quiet(Duration::from_millis(300)), answers)
        .await?;
    peer.expect_open(cx.soon()).await
}

/// Every frame of the server is well formed: not masked, no reserved bit, shortest length, complete text.
/// The peer itself judges each.
async fn server_frames(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    peer.send(&json!({"type": "query", "id": "q", "query": "show revenue"})).await;
    peer.send_frame(Frame::ping("in between")).await;
    peer.expect_pong(b"in between", cx.soon()).await?;
    peer.send(&json!({"type": "ping", "id": "p"})).await;
    peer.expect_type("pong", cx.soon()).await?;
    peer.close(1000, "done", cx.soon()).await
}
