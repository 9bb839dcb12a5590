//! Messages on a stream: the same as on a connection of their own.

use crate::checks::rfc7692::connection::{COMPRESSED, FIELD};
use crate::checks::rfc7692::corpus::Corpus;
use crate::checks::{Check, Context, Peer, ReasonCode, Step, Stop, ensure, fail};
use crate::peer::deflate::{Agreement, Deflater, Style, judge_answer};
use crate::peer::{EventKind, Frame, Message};

use super::stream::{asked, fields, offered, opened, peers};

/// What is offered where compression is.
pub(super) const OFFER: &str = "permessage-deflate; client_max_window_bits";

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "extended-connect.echo",
            "text and binary of every form of length come back on a stream",
            &["extended-connect.messages"],
            echo,
        ),
        Check::new(
            "extended-connect.echo-over-tls",
            "over TLS, with h2 by ALPN, text and binary come back on a stream",
            &["extended-connect.over-tls"],
            echo,
        )
        .variant("tls"),
        Check::new(
            "extended-connect.large",
            "a message larger than every window of HTTP/2 comes back",
            &["extended-connect.messages"],
            large,
        ),
        Check::new(
            "extended-connect.masking",
            "a frame that is not masked closes with 1002 on a stream too",
            &["extended-connect.framing"],
            unmasked,
        ),
        Check::new(
            "extended-connect.ping",
            "a ping on a stream is answered",
            &["extended-connect.framing"],
            ping,
        ),
        Check::new(
            "extended-connect.two-streams",
            "two WebSockets on one connection don't mix",
            &["extended-connect.streams"],
            two_streams,
        ),
        Check::new(
            "extended-connect.reset",
            "after one stream is reset the others go on",
            &["extended-connect.streams"],
            after_reset,
        ),
        Check::new(
            "extended-connect.close",
            "a close is answered, and then the stream ends",
            &["extended-connect.closing"],
            close,
        ),
        Check::new(
            "extended-connect.deflate",
            "compression is agreed on and kept to on a stream",
            &["extended-connect.deflate"],
            deflate,
        ),
    ]
}

/// The one stream of a new connection.
async fn one(cx: &Context) -> Step<Peer> {
    match opened(cx, 1, &[]).await?.pop() {
        Some(peer) => Ok(peer),
        None => Err(Stop::Harness("no stream was opened".to_owned())),
    }
}

async fn expect(cx: &Context, peer: &mut Peer, message: &Message) -> Step {
    crate::checks::rfc7692::connection::expect_echo(peer, message, cx.soon()).await
}

async fn echo(cx: Context) -> Step {
    let mut peer = one(&cx).await?;
    for size in [0, 1, 125, 126, 65_535, 65_536] {
        for corpus in [Corpus::Prose, Corpus::Noise] {
            let message = corpus.message(size, 0);
            peer.send_frame(message.to_frame()).await;
            expect(&cx, &mut peer, &message).await?;
        }
    }
    Ok(())
}

/// More than the window of a connection and of a stream, both ways.
async fn large(cx: Context) -> Step {
    let mut peer = one(&cx).await?;
    let message = Message::Binary(vec![b'~'; 3 << 20]);
    peer.send_frame(message.to_frame()).await;
    crate::checks::rfc7692::connection::expect_echo(
        &mut peer,
        &message,
        cx.within(std::time::Duration::from_secs(4)),
    )
    .await
}

async fn unmasked(cx: Context) -> Step {
    let mut peer = one(&cx).await?;
    peer.link().send_exact(&Frame::text("not masked")).await;
    peer.expect_close(1002, None, cx.soon()).await.map(drop)
}

async fn ping(cx: Context) -> Step {
    let mut peer = one(&cx).await?;
    peer.send_frame(Frame::ping("through a stream")).await;
    peer.expect_pong(b"through a stream", cx.soon()).await.map(drop)
}

async fn two_streams(cx: Context) -> Step {
    let mut both = opened(&cx, 2, &[]).await?;
    for round in 0..3 {
        for (number, peer) in both.iter_mut().enumerate() {
            let text = format!("round {round} of stream {number}");
            peer.send_text(&text).await;
        }
        for (number, peer) in both.iter_mut().enumerate() {
            let text = format!("round {round} of stream {number}");
            expect(&cx, peer, &Message::Text(text)).await?;
        }
    }
    Ok(())
}

async fn after_reset(cx: Context) -> Step {
    let mut http2 = offered(&cx).await?;
    for stream in [1, 3] {
        let response = asked(&cx, &mut http2, stream, &fields(&cx, &[])).await?;
        ensure(response.status == 200, ReasonCode::WrongStatus, "status 200", response.status)?;
    }
    if http2.reset(1).await.is_err() {
        return fail(ReasonCode::Closed, "an open connection", "the end of the connection");
    }
    let mut rest = peers(&cx, http2, &[3], vec![crate::peer::Response::default()]).await?;
    let message = Message::Text("the other stream was reset".to_owned());
    for peer in &mut rest {
        peer.send_frame(message.to_frame()).await;
        expect(&cx, peer, &message).await?;
    }
    Ok(())
}

async fn close(cx: Context) -> Step {
    let mut peer = one(&cx).await?;
    peer.send_frame(Frame::close(4_007, "enough")).await;
    let deadline = cx.soon();
    let mut answered = false;
    while let Some(event) = peer.next_event(deadline.end()).await {
        match event.kind {
            // Which code answers is no matter of HTTP/2.
            EventKind::Message(Message::Close(_)) => answered = true,
            EventKind::End(_) => return ensure(answered, ReasonCode::Missing, "close 4007", "the end"),
            EventKind::Fault(fault) => return fail(ReasonCode::Malformed, "close 4007", fault.to_string()),
            EventKind::Message(_) => {}
        }
    }
    fail(ReasonCode::NotClosed, "the end of the stream", "an open stream")
}

async fn deflate(cx: Context) -> Step {
    let mut all = opened(&cx, 1, &[("sec-websocket-extensions", OFFER)]).await?;
    let Some(peer) = all.first_mut() else { return Err(Stop::Harness("no stream was opened".to_owned())) };
    let answer: Vec<&str> = peer.response().values(FIELD).collect();
    let agreement: Agreement = match judge_answer([OFFER].into_iter(), answer.iter().copied()) {
        Ok(Some(agreement)) => agreement,
        Ok(None) => return Err(cx.declined("deflate", format!("the target declines {OFFER}"))),
        Err(fault) => return fail(ReasonCode::WrongValue, OFFER, fault.to_string()),
    };
    let bits = agreement.client_window_bits();
    let mut deflater = Deflater::new(bits, !agreement.client_no_context_takeover, Style::Usual);
    for number in 0..3 {
        let message = Corpus::Telemetry.message(5_000, number);
        let plain = message.to_frame();
        let payload = deflater.message(&plain.payload);
        peer.send_frame(Frame { payload, ..plain }.rsv(COMPRESSED)).await;
        expect(&cx, peer, &message).await?;
    }
    Ok(())
}
