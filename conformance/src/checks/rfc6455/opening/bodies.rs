//! Handshakes with a body: its octets are no frames (RFC 9112 §6).

use crate::checks::{Check, Context, ReasonCode, Step, Stop, Violation, ensure};
use crate::peer::{EventKind, Frame, LinkOptions, Message, Request};
use crate::target::Door;

/// Payload of the frame that a body consists of.
const IN_BODY: &str = "of the body";

pub(super) fn checks() -> Vec<Check> {
    let of = &["opening.body"];
    vec![
        Check::new(
            "opening.body-with-length",
            "a body with Content-Length is not taken for frames",
            of,
            |cx| async move {
                let body = frame();
                let length = body.len().to_string();
                behind(&cx, cx.upgrade_request(&Door::Echo).header("Content-Length", &length), body).await
            },
        ),
        Check::new("opening.body-chunked", "a chunked body is not taken for frames", of, |cx| async move {
            let body = frame();
            let begin = format!("{:x}\r\n", body.len());
            let body = [begin.as_bytes(), &body, b"\r\n0\r\n\r\n"].concat();
            let request = cx.upgrade_request(&Door::Echo).header("Transfer-Encoding", "chunked");
            behind(&cx, request, body).await
        }),
    ]
}

fn frame() -> Vec<u8> {
    Frame::text(IN_BODY).masked([0x11, 0x22, 0x33, 0x44]).encode()
}

/// The handshake is refused, or the frame behind the body is the first that is answered.
async fn behind(cx: &Context, request: Request, body: Vec<u8>) -> Step {
    let mut peer = match cx.upgrade_with(&request, &body, LinkOptions::default()).await {
        Err(Stop::Violation(Violation { code: ReasonCode::WrongStatus | ReasonCode::Closed, .. })) => {
            return Ok(());
        }
        other => other?,
    };
    peer.send_frame(Frame::text("behind the body")).await;
    let what = "the echo of \"behind the body\"";
    let got = peer
        .expect_with(what, cx.soon(), |event| match &event.kind {
            EventKind::Message(Message::Text(text)) => Some(text.clone()),
            _ => None,
        })
        .await?;
    ensure(got == "behind the body", ReasonCode::WrongValue, what, format!("{got:?}"))
}
