//! The closing handshake (RFC 6455 §5.5.1, §7).

use serde_json::Value;

use crate::checks::{Check, Context, Deadline, Peer, ReasonCode, Step, ensure, fail, field};
use crate::peer::{Event, EventKind, Frame, Message, Opcode};
use crate::target::Door;

use super::refusal::{expect_refusal, probe};

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "framing.close-answered",
            "a close frame is answered by a close frame",
            &["framing.close-answered"],
            answered,
        ),
        Check::new(
            "framing.close-echoes-code",
            "the answer to a close frame has its code",
            &["framing.close-echoes-code"],
            echoes_code,
        ),
        Check::new(
            "framing.close-longest-reason",
            "a close reason of 123 bytes is no fault",
            &["framing.close-longest-reason"],
            longest_reason,
        ),
        Check::new(
            "framing.close-without-code",
            "a close frame without a code is a normal end",
            &["framing.close-without-code"],
            without_code,
        ),
        Check::new(
            "framing.close-half-code",
            "a close payload of one byte is refused with 1002",
            &["framing.close-half-code"],
            half_code,
        ),
        Check::new(
            "framing.close-forbidden-codes",
            "codes that must not be sent are refused with 1002",
            &["framing.close-forbidden-codes"],
            forbidden_codes,
        ),
        Check::new(
            "framing.nothing-after-close",
            "nothing is answered or sent behind a close frame",
            &["framing.nothing-after-close"],
            nothing_after,
        ),
        Check::new(
            "framing.close-ends-stream",
            "the server ends TCP after the closing handshake",
            &["framing.close-ends-stream"],
            ends_stream,
        ),
        Check::new(
            "framing.violation-ends-stream",
            "the server ends TCP after a violation",
            &["framing.violation-ends-stream"],
            ends_after_violation,
        ),
    ]
}

/// The next close frame: its code, 1005 when it has none.
async fn close_code(peer: &mut Peer, deadline: Deadline) -> Step<u16> {
    peer.expect_with("a close frame", deadline, |event| match &event.kind {
        EventKind::Message(Message::Close(parts)) => Some(parts.as_ref().map_or(1005, |(code, _)| *code)),
        _ => None,
    })
    .await
}

/// A close frame is answered by a close frame.
async fn answered(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    peer.send_frame(Frame::close(1000, "bye")).await;
    close_code(&mut peer, cx.soon()).await.map(|_| ())
}

/// The answer has the code it answers, its own or an application's.
async fn echoes_code(cx: Context) -> Step {
    for code in [1000, 1001, 3000, 4999] {
        let mut peer = cx.open(Door::Query).await?;
        peer.close(code, "bye", cx.soon()).await?;
    }
    Ok(())
}

/// A reason of 123 bytes, the longest there is, is no fault.
async fn longest_reason(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    peer.close(1000, &"é".repeat(61), cx.soon()).await?;
    let mut peer = cx.open(Door::Query).await?;
    peer.close(1000, &"x".repeat(123), cx.soon()).await
}

/// A close frame without a code is a normal end: it is answered without a code or by 1000.
async fn without_code(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    peer.send_frame(Frame::new(Opcode::Close, "")).await;
    let code = close_code(&mut peer, cx.soon()).await?;
    let right = matches!(code, 1000 | 1005);
    ensure(right, ReasonCode::WrongCloseCode, "a close frame without code or 1000", format!("close {code}"))
}

/// A close payload of one byte closes the connection with 1002.
async fn half_code(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    peer.send_frame(Frame::new(Opcode::Close, b"\x03".as_slice())).await;
    expect_refusal(&mut peer, 1002, cx.soon()).await
}

/// A code that must never be sent is answered by 1002.
async fn forbidden_codes(cx: Context) -> Step {
    for code in [0, 999, 1005, 1006, 1015] {
        cx.note(&format!("code {code}"));
        let mut peer = cx.open(Door::Query).await?;
        peer.send_frame(Frame::close(code, "")).await;
        expect_refusal(&mut peer, 1002, cx.soon()).await?;
    }
    Ok(())
}

/// What comes behind a close frame is not answered, and nothing comes behind the answer to it.
async fn nothing_after(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let close = Frame::close(1000, "").masked([1, 2, 3, 4]).encode();
    let question = Frame::text(probe().to_string()).masked([4, 3, 2, 1]).encode();
    peer.link().send_bytes(&[close, question].concat()).await;
    let deadline = cx.soon();
    let mut closed = false;
    while let Some(Event { kind, .. }) = peer.next_event(deadline.end()).await {
        match kind {
            EventKind::End(_) => break,
            EventKind::Message(Message::Close(_)) if !closed => closed = true,
            EventKind::Message(message) if closed || answers(&message) => {
                return fail(ReasonCode::Unexpected, "nothing after a close frame", message.to_string());
            }
            EventKind::Message(_) => {}
            EventKind::Fault(fault) => {
                return fail(ReasonCode::Malformed, "nothing after a close frame", fault.to_string());
            }
        }
    }
    Ok(())
}

fn answers(message: &Message) -> bool {
    message.to_json().is_some_and(|value: Value| field::name(&value) == "pong")
}

/// When both have sent their close frames the server ends the TCP connection.
async fn ends_stream(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    peer.close(1000, "bye", cx.soon()).await?;
    peer.expect_end(cx.soon()).await.map(|_| ())
}

/// After a violation the server ends the TCP connection, at the latest when its close frame is answered.
async fn ends_after_violation(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    peer.send_frame(Frame::new(Opcode::Reserved(0x3), "")).await;
    close_code(&mut peer, cx.soon()).await?;
    peer.send_frame(Frame::close(1002, "")).await;
    peer.expect_end(cx.soon()).await.map(|_| ())
}
