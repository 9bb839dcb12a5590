//! Messages in fragments (RFC 6455 §5.4).

use crate::checks::{Check, Context, ReasonCode, Step, fail};
use crate::peer::{Event, EventKind, Frame, Message};
use crate::target::Door;

use super::refusal::{expect_answer, expect_refusal, first, probe};

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "framing.fragments",
            "fragments are joined, empty ones too",
            &["framing.fragments"],
            joined,
        ),
        Check::new(
            "framing.ping-between-fragments",
            "a ping between fragments is answered before the message ends",
            &["framing.ping-between-fragments"],
            ping_between,
        ),
        Check::new(
            "framing.orphan-continuation",
            "a continuation without a beginning is refused with 1002",
            &["framing.orphan-continuation"],
            orphan,
        ),
        Check::new(
            "framing.orphan-after-message",
            "a continuation behind a complete message is refused with 1002",
            &["framing.orphan-after-message"],
            orphan_after_message,
        ),
        Check::new(
            "framing.message-inside-message",
            "a new message inside a fragmented one is refused with 1002",
            &["framing.message-inside-message"],
            message_inside,
        ),
    ]
}

/// A message in three fragments, the middle one empty, is one message.
async fn joined(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let text = probe().to_string();
    let (head, tail) = text.split_at(9);
    peer.send_frame(Frame::text(head).more()).await;
    peer.send_frame(Frame::continuation("").more()).await;
    peer.send_frame(Frame::continuation(tail)).await;
    expect_answer(&mut peer, "probe", cx.soon()).await
}

/// A ping between two fragments is answered at once; the message goes on behind it.
async fn ping_between(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let text = probe().to_string();
    let (head, tail) = text.split_at(9);
    peer.send_frame(Frame::text(head).more()).await;
    peer.send_frame(Frame::ping("between")).await;
    let pong = |event: &Event| {
        let wanted = Message::Pong(b"between".to_vec());
        (event.kind == EventKind::Message(wanted)).then_some(())
    };
    if first(&mut peer, "pong", cx.soon(), pong).await?.is_none() {
        return fail(ReasonCode::Missing, "the pong before the rest of the message", "silence");
    }
    peer.send_frame(Frame::continuation(tail)).await;
    expect_answer(&mut peer, "probe", cx.soon()).await
}

/// A continuation without a message to continue closes the connection with 1002, final or not.
async fn orphan(cx: Context) -> Step {
    for last in [true, false] {
        let mut peer = cx.open(Door::Query).await?;
        let frame = Frame::continuation(probe().to_string());
        peer.send_frame(if last { frame } else { frame.more() }).await;
        expect_refusal(&mut peer, 1002, cx.soon()).await?;
    }
    Ok(())
}

/// A continuation behind a complete message is an orphan too.
async fn orphan_after_message(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let text = serde_json::json!({"type": "ping", "id": "whole"}).to_string();
    let (head, tail) = text.split_at(9);
    peer.send_frame(Frame::text(head).more()).await;
    peer.send_frame(Frame::continuation(tail)).await;
    expect_answer(&mut peer, "whole", cx.soon()).await?;
    peer.send_frame(Frame::continuation(probe().to_string())).await;
    expect_refusal(&mut peer, 1002, cx.soon()).await
}

/// A new message before the last fragment of another closes the connection with 1002.
async fn message_inside(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    peer.send_frame(Frame::text("{\"type\":").more()).await;
    peer.send_frame(Frame::text(probe().to_string())).await;
    expect_refusal(&mut peer, 1002, cx.soon()).await
}
