//! How large a message may be, and in how many fragments.

use crate::checks::framing::refusal::{expect_answer, expect_refusal, probe};
use crate::checks::{Check, Context, Peer, ReasonCode, Step, Stop, fail, field};
use crate::peer::Frame;
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "limits.message-size",
            "a message over the limit is refused with 1009",
            &["limits.message-size"],
            one_frame,
        ),
        Check::new(
            "limits.message-size-of-fragments",
            "fragments that add up to more than the limit are refused with 1009",
            &["limits.message-size-of-fragments"],
            sum_of_fragments,
        ),
        Check::new(
            "limits.announced-size",
            "a frame that announces 1 GiB is refused at its header",
            &["limits.announced-size"],
            announced_size,
        ),
        Check::new(
            "limits.most-fragments",
            "a message in 1,024 fragments is read",
            &["limits.most-fragments"],
            most_fragments,
        ),
        Check::new(
            "limits.too-many-fragments",
            "a message in more than 1,024 fragments is refused with 1009",
            &["limits.too-many-fragments"],
            too_many_fragments,
        ),
        Check::new(
            "limits.request-head",
            "a request head over 16 KiB is answered by 431",
            &["limits.request-head"],
            request_head,
        ),
    ]
}

/// Largest message of a target that announces nothing.
const MAX_MESSAGE: u64 = 64 * 1024;
/// More than this is not sent to find out.
const MOST_SENT: u64 = 8 * 1024 * 1024;
/// Most fragments of one message.
const MAX_FRAGMENTS: usize = 1_024;

/// The largest message the target announces.
fn max_message(peer: &Peer) -> Step<usize> {
    let limit = field::integer(peer.established(), "/limits/max_message_bytes").unwrap_or(MAX_MESSAGE);
    if limit < MOST_SENT {
        return Ok(limit as usize);
    }
    Err(Stop::Harness(format!("messages of {limit} bytes are allowed, more than a check sends")))
}

/// The probe, padded with blanks to `size` bytes.
fn padded(size: usize) -> String {
    let probe = probe().to_string();
    let blanks = " ".repeat(size.saturating_sub(probe.len()));
    probe + &blanks
}

/// A message of one byte more than the limit closes the connection with 1009.
async fn one_frame(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let size = max_message(&peer)? + 1;
    peer.send_frame(Frame::text(padded(size))).await;
    expect_refusal(&mut peer, 1009, cx.soon()).await
}

/// The limit holds for the sum of the fragments, each of which is below it.
async fn sum_of_fragments(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let text = padded(max_message(&peer)? + 1);
    let (head, tail) = text.split_at(text.len() / 2);
    peer.send_frame(Frame::text(head).more()).await;
    peer.send_frame(Frame::continuation(tail)).await;
    expect_refusal(&mut peer, 1009, cx.soon()).await
}

/// A frame that announces 1 GiB is refused from its header, before a byte of it has come.
async fn announced_size(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    max_message(&peer)?;
    // Nothing may come between the header and the payload it announces.
    peer.set_auto_pong(false);
    peer.link().send_bytes(&Frame::text("").masked([1, 2, 3, 4]).encode_head(1 << 30)).await;
    expect_refusal(&mut peer, 1009, cx.soon()).await
}

/// The probe in `count` fragments: one byte each, the last one has the rest.
fn in_fragments(count: usize) -> Vec<u8> {
    let text = padded(count);
    let mut bytes = Vec::new();
    for (at, letter) in text.bytes().enumerate() {
        let payload = vec![letter];
        let frame = if at == 0 { Frame::text(payload) } else { Frame::continuation(payload) };
        let frame = if at + 1 < count { frame.more() } else { frame };
        bytes.extend(frame.masked([1, 2, 3, 4]).encode());
    }
    bytes
}

/// A message in 1,024 fragments is read.
async fn most_fragments(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    peer.link().send_bytes(&in_fragments(MAX_FRAGMENTS)).await;
    expect_answer(&mut peer, "probe", cx.soon()).await
}

/// A message in 1,025 fragments closes the connection with 1009.
async fn too_many_fragments(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    peer.link().send_bytes(&in_fragments(MAX_FRAGMENTS + 1)).await;
    expect_refusal(&mut peer, 1009, cx.soon()).await
}

/// A request head of more than 16 KiB is answered by 431.
async fn request_head(cx: Context) -> Step {
    let request = cx.upgrade_request(&Door::Query).header("X-Padding", &"x".repeat(20 * 1024));
    let response = cx.exchange("head", &request).await?;
    if response.status == 431 {
        return Ok(());
    }
    let code = if response.status == 101 { ReasonCode::Accepted } else { ReasonCode::WrongStatus };
    fail(code, "431 Request Header Fields Too Large", format!("{} {}", response.status, response.reason))
}
