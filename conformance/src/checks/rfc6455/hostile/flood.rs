//! Floods: the target may end the connection or bear it; it must go on serving others.

use crate::checks::{Check, Context, ReasonCode, Step, fail};
use crate::peer::{Event, EventKind, Frame, Message, Opcode};
use crate::target::Door;

use super::serves_others;

/// Frames of a flood.
const FRAMES: usize = 5_000;

pub(super) fn checks() -> Vec<Check> {
    let check = |id, title, frames: fn() -> Vec<Frame>| {
        Check::new(id, title, &["hostile.floods"], move |cx| flood(cx, frames()))
    };
    vec![
        check("hostile.ping-flood", "5,000 pings in a row are borne or end their connection", || {
            (0..FRAMES).map(|at| Frame::ping(format!("flood {at}"))).collect()
        }),
        check("hostile.pong-flood", "5,000 pongs in a row are borne or end their connection", || {
            (0..FRAMES).map(|at| Frame::pong(format!("flood {at}"))).collect()
        }),
        check(
            "hostile.empty-fragments",
            "5,000 empty fragments of a message are borne or end their connection",
            || endless_message(Vec::new()),
        ),
        check(
            "hostile.tiny-fragments",
            "5,000 fragments of one octet are borne or end their connection",
            || endless_message(b"x".to_vec()),
        ),
        check(
            "hostile.empty-messages",
            "5,000 empty messages that nobody reads are borne or end their connection",
            || (0..FRAMES).map(|_| Frame::text(Vec::new())).collect(),
        ),
        Check::new(
            "hostile.unread-echoes",
            "8 MiB of echoes that nobody reads are kept, held back or end their connection",
            &["hostile.floods"],
            |cx| flood(cx, (0..256).map(|_| Frame::binary(vec![9; 32 << 10])).collect()),
        )
        .weight(16),
    ]
}

fn endless_message(part: Vec<u8>) -> Vec<Frame> {
    let opcode = |at| if at == 0 { Opcode::Text } else { Opcode::Continuation };
    (0..FRAMES).map(|at| Frame::new(opcode(at), part.clone()).more()).collect()
}

/// Sends everything without reading; what comes then is well formed, and a new connection works, both while the flood
/// may still be on its way and after it.
async fn flood(cx: Context, frames: Vec<Frame>) -> Step {
    let mut peer = cx.upgrade(&cx.upgrade_request(&Door::Echo)).await?;
    peer.link().set_reading(false);
    let mut bytes = Vec::new();
    for frame in &frames {
        bytes.extend(frame.clone().masked([0x11, 0x22, 0x33, 0x44]).encode());
    }
    drop(frames);
    // A target that holds back reads no more: that is one of the right answers, and ends this in its time.
    let _ = tokio::time::timeout(cx.quiet(std::time::Duration::from_secs(1)), peer.link().send_bytes(&bytes))
        .await;
    drop(bytes);
    serves_others(&cx).await?;
    peer.link().set_reading(true);
    let until = tokio::time::Instant::now() + cx.quiet(std::time::Duration::from_millis(100));
    while let Some(Event { kind, .. }) = peer.next_event(until).await {
        match kind {
            EventKind::Fault(fault) => {
                return fail(ReasonCode::Malformed, "well-formed frames", fault.to_string());
            }
            EventKind::End(_) | EventKind::Message(Message::Close(_)) => break,
            EventKind::Message(_) => {}
        }
    }
    serves_others(&cx).await
}
