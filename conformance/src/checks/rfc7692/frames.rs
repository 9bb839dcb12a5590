//! Control frames beside compressed messages, and closing.

use crate::checks::{Check, Context, ReasonCode, Step, ensure, fail};
use crate::peer::deflate::PERMESSAGE_DEFLATE;
use crate::peer::{EventKind, Frame, Message};

use super::connection::{USUAL, fragments, open, patience};
use super::corpus::Corpus;
use super::scripts::expect_alive;

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "deflate.ping-between-fragments",
            "a ping between the frames of a compressed message is answered before its end",
            &["deflate.control-frames"],
            ping_between,
        ),
        Check::new(
            "deflate.pings-between-all-fragments",
            "a ping behind every frame of a compressed message leaves the message whole",
            &["deflate.control-frames"],
            pings_between_all,
        ),
        Check::new(
            "deflate.ping-that-looks-compressed",
            "the payload of a ping is no compressed data, whatever it looks like",
            &["deflate.control-frames"],
            ping_as_it_is,
        ),
        Check::new(
            "deflate.close-as-it-is",
            "a close is answered, not compressed, where compression was agreed",
            &["deflate.closing"],
            close_as_it_is,
        ),
        Check::new(
            "deflate.close-between-fragments",
            "a close between the frames of a compressed message is answered, and the message is dropped",
            &["deflate.closing"],
            close_between,
        ),
        Check::new(
            "deflate.close-after-message",
            "a close behind a compressed message is answered, and the message is not spoilt",
            &["deflate.closing"],
            close_after,
        ),
        Check::new(
            "deflate.mixed-messages",
            "compressed and other messages, text and binary, come back in order",
            &["deflate.plain-messages"],
            mixed,
        ),
        Check::new(
            "deflate.nothing-after-failure",
            "what follows broken data is not echoed",
            &["deflate.nothing-after-failure"],
            nothing_after,
        ),
        Check::new(
            "deflate.failure-stays-apart",
            "broken data on one connection does not touch another",
            &["deflate.contexts-apart"],
            failure_apart,
        ),
    ]
}

async fn ping_between(cx: Context) -> Step {
    let mut connection = open(&cx, USUAL).await?;
    let message = Corpus::Prose.message(1_500, 0);
    let frame = connection.compressed(&message);
    let parts = fragments(&frame, frame.payload.len().div_ceil(2));
    let (last, first) = parts.split_last().map_or((&frame, &[][..]), |(last, first)| (last, first));
    for part in first {
        connection.peer.send_frame(part.clone()).await;
    }
    connection.peer.send_frame(Frame::ping("in the middle")).await;
    connection.peer.expect_pong(b"in the middle", cx.soon()).await?;
    connection.peer.send_frame(last.clone()).await;
    connection.expect_echo(&message, patience(&cx)).await.map(drop)
}

async fn pings_between_all(cx: Context) -> Step {
    let mut connection = open(&cx, USUAL).await?;
    let message = Corpus::Prose.message(1_501, 0);
    let frame = connection.compressed(&message);
    for part in fragments(&frame, 100) {
        connection.peer.send_frame(part).await;
        connection.peer.send_frame(Frame::ping("behind a frame")).await;
    }
    connection.expect_echo(&message, patience(&cx)).await.map(drop)
}

async fn ping_as_it_is(cx: Context) -> Step {
    let mut connection = open(&cx, USUAL).await?;
    let payload = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    connection.peer.send_frame(Frame::ping(payload)).await;
    connection.peer.expect_pong(&payload, patience(&cx)).await.map(drop)
}

async fn close_as_it_is(cx: Context) -> Step {
    let mut connection = open(&cx, USUAL).await?;
    connection.echo(&cx, &Corpus::Prose.message(1_502, 0)).await?;
    let reason = "a reason, a reason, a reason that could be compressed";
    connection.peer.send_frame(Frame::close(4_001, reason)).await;
    // Which code answers is no matter of compression.
    let closes = |event: &crate::peer::Event| {
        matches!(event.kind, EventKind::Message(Message::Close(_))).then_some(())
    };
    connection.peer.expect_with("a close frame", patience(&cx), closes).await
}

async fn close_between(cx: Context) -> Step {
    let mut connection = open(&cx, USUAL).await?;
    let frame = connection.compressed(&Corpus::Prose.message(1_503, 0));
    let half = Frame { payload: frame.payload[..frame.payload.len() / 2].to_vec(), ..frame };
    connection.peer.send_frame(half.more()).await;
    connection.peer.send_frame(Frame::close(1000, "")).await;
    let deadline = patience(&cx);
    let first = connection
        .peer
        .expect_with("a close frame", deadline, |event| match &event.kind {
            EventKind::Message(message @ (Message::Text(_) | Message::Binary(_) | Message::Close(_))) => {
                Some(message.clone())
            }
            _ => None,
        })
        .await?;
    match first {
        // Which code answers is no matter of compression; some take a message that never ends for a mistake.
        Message::Close(_) => Ok(()),
        message => fail(ReasonCode::Unexpected, "no half of a message", message.to_string()),
    }
}

/// Whether the echo still comes before the close is for the application of the target to say.
async fn close_after(cx: Context) -> Step {
    let mut connection = open(&cx, USUAL).await?;
    let message = Corpus::Prose.message(1_504, 0);
    connection.send(&message, None).await;
    connection.peer.send_frame(Frame::close(1000, "")).await;
    let what = "a close frame, with or without the echo before it";
    let deadline = patience(&cx);
    let mut echo = None;
    connection
        .peer
        .expect_with(what, deadline, |event| match &event.kind {
            EventKind::Message(Message::Close(_)) => Some(()),
            EventKind::Message(message @ (Message::Text(_) | Message::Binary(_))) => {
                echo = Some(message.clone());
                None
            }
            _ => None,
        })
        .await?;
    let whole = echo.is_none_or(|echo| echo == message);
    ensure(whole, ReasonCode::WrongValue, "the message as it was sent", "another message")
}

async fn mixed(cx: Context) -> Step {
    let mut connection = open(&cx, USUAL).await?;
    let kinds = [Corpus::Prose, Corpus::Image, Corpus::Telemetry, Corpus::Noise];
    let messages: Vec<Message> = (0..12).map(|at| kinds[at % 4].message(700 + at, at)).collect();
    for (at, message) in messages.iter().enumerate() {
        if at % 3 == 1 {
            connection.peer.send_frame(message.to_frame()).await;
        } else {
            connection.send(message, (at % 2 == 0).then_some(64)).await;
        }
    }
    for message in &messages {
        connection.expect_echo(message, patience(&cx)).await?;
    }
    Ok(())
}

/// A message behind broken data, in the same write, is never answered.
async fn nothing_after(cx: Context) -> Step {
    let mut connection = open(&cx, &[PERMESSAGE_DEFLATE]).await?;
    connection.peer.send_frame(super::scripts::broken_frame()).await;
    connection.peer.send_frame(Frame::text("behind broken data")).await;
    let mut answered = false;
    let deadline = patience(&cx);
    while let Some(event) = connection.peer.next_event(deadline.end()).await {
        match event.kind {
            EventKind::Message(Message::Text(_) | Message::Binary(_)) => answered = true,
            EventKind::Message(Message::Close(_)) | EventKind::End(_) => {
                return ensure(!answered, ReasonCode::Unexpected, "nothing behind broken data", "an echo");
            }
            EventKind::Fault(fault) => return fail(ReasonCode::Malformed, "a close", fault.to_string()),
            EventKind::Message(_) => {}
        }
    }
    fail(ReasonCode::NotClosed, "broken data to fail the connection", "an open connection")
}

async fn failure_apart(cx: Context) -> Step {
    let mut other = open(&cx, USUAL).await?;
    other.echo(&cx, &Corpus::Prose.message(1_505, 0)).await?;
    let mut connection = open(&cx, USUAL).await?;
    connection.peer.send_frame(super::scripts::broken_frame()).await;
    connection.expect_refused(&cx, "broken data", &[]).await?;
    other.echo(&cx, &Corpus::Prose.message(1_505, 1)).await?;
    expect_alive(&cx, &mut other).await
}
