//! Frames of all lengths and masks, however TCP cuts them (RFC 6455 §5.2, §5.3).

use std::time::Duration;

use serde_json::json;

use crate::checks::{Check, Context, Peer, Step, field};
use crate::peer::Frame;
use crate::target::Door;

use super::refusal::expect_answer;

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "framing.seven-bit-length",
            "messages of up to 125 bytes are taken",
            &["framing.seven-bit-length"],
            seven_bits,
        ),
        Check::new(
            "framing.sixteen-bit-length",
            "messages of 126 to 65,535 bytes are taken",
            &["framing.sixteen-bit-length"],
            sixteen_bits,
        ),
        Check::new(
            "framing.sixty-four-bit-length",
            "a message of 65,536 bytes is taken",
            &["framing.sixty-four-bit-length"],
            sixty_four_bits,
        ),
        Check::new(
            "framing.mask-keys",
            "frames are unmasked with any key and any length modulo 4",
            &["framing.mask-keys"],
            mask_keys,
        ),
        Check::new(
            "framing.frame-in-pieces",
            "a frame that TCP cuts into pieces is one frame",
            &["framing.frame-in-pieces"],
            in_pieces,
        ),
        Check::new(
            "framing.frames-together",
            "frames that TCP delivers together are all read",
            &["framing.frames-together"],
            together,
        ),
    ]
}

/// Largest message a target takes that announces nothing.
const MAX_MESSAGE: u64 = 64 * 1024;
/// Time between two pieces of a frame, so that each is a read of its own.
const PIECE: Duration = Duration::from_millis(40);

/// A question of exactly `size` bytes.
fn question(id: &str, size: usize) -> String {
    let text = json!({"type": "ping", "id": id, "pad": ""}).to_string();
    let pad = "x".repeat(size.saturating_sub(text.len()));
    json!({"type": "ping", "id": id, "pad": pad}).to_string()
}

async fn answers_sizes(cx: &Context, peer: &mut Peer, sizes: &[usize]) -> Step {
    for size in sizes {
        let id = format!("size-{size}");
        peer.send_text(&question(&id, *size)).await;
        expect_answer(peer, &id, cx.soon()).await?;
    }
    Ok(())
}

/// Messages of up to 125 bytes have their length in 7 bits.
async fn seven_bits(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    answers_sizes(&cx, &mut peer, &[60, 124, 125]).await
}

/// Messages of 126 to 65,535 bytes have their length in 16 bits.
async fn sixteen_bits(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let limit = field::integer(peer.established(), "/limits/max_message_bytes").unwrap_or(MAX_MESSAGE);
    let sizes: Vec<usize> =
        [126, 127, 255, 256, 32_768, 65_535].into_iter().filter(|size| *size as u64 <= limit).collect();
    answers_sizes(&cx, &mut peer, &sizes).await
}

/// A message of 65,536 bytes has its length in 64 bits; it is the largest that is allowed.
async fn sixty_four_bits(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let limit = field::integer(peer.established(), "/limits/max_message_bytes").unwrap_or(MAX_MESSAGE);
    answers_sizes(&cx, &mut peer, &[limit.min(MAX_MESSAGE) as usize]).await
}

/// Any masking key is right, zero too, and any length modulo 4.
async fn mask_keys(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    for (index, key) in [[0, 0, 0, 0], [0xff; 4], [0, 0, 0, 1], *b"{\"ty"].into_iter().enumerate() {
        let id = format!("key-{index}");
        peer.send_frame(Frame::text(question(&id, 60 + index)).masked(key)).await;
        expect_answer(&mut peer, &id, cx.soon()).await?;
    }
    Ok(())
}

/// A frame that TCP delivers in pieces, cut in its length, mask and payload, is one frame.
async fn in_pieces(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    // Nothing may come between the pieces.
    peer.set_auto_pong(false);
    let bytes = Frame::text(question("pieces", 200)).masked([0x37, 0xfa, 0x21, 0x3d]).encode();
    let mut rest = bytes.as_slice();
    for size in [1, 2, 3, 4, 100] {
        let (piece, after) = rest.split_at(size);
        peer.link().send_bytes(piece).await;
        tokio::time::sleep(PIECE).await;
        rest = after;
    }
    peer.link().send_bytes(rest).await;
    peer.set_auto_pong(true);
    expect_answer(&mut peer, "pieces", cx.soon()).await
}

/// Frames that TCP delivers together are all answered.
async fn together(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let frame = |id| Frame::text(question(id, 60)).masked([9, 8, 7, 6]).encode();
    peer.link().send_bytes(&[frame("first"), frame("second"), frame("third")].concat()).await;
    for id in ["first", "second", "third"] {
        expect_answer(&mut peer, id, cx.soon()).await?;
    }
    Ok(())
}
