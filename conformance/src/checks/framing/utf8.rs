//! Text is UTF-8 (RFC 6455 §8.1).

use serde_json::json;

use crate::checks::{Check, Context, Step};
use crate::peer::{Frame, Opcode};
use crate::target::Door;

use super::refusal::{expect_answer, expect_refusal};

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "framing.utf8",
            "text that is not UTF-8 is refused with 1007",
            &["framing.utf8"],
            broken_text,
        ),
        Check::new(
            "framing.utf8-cut-at-end",
            "text that ends inside a character is refused with 1007",
            &["framing.utf8-cut-at-end"],
            cut_text,
        ),
        Check::new(
            "framing.utf8-split-character",
            "a fragment may end inside a character",
            &["framing.utf8-split-character"],
            split_character,
        ),
        Check::new(
            "framing.utf8-fails-fast",
            "text that can't become UTF-8 is refused before its last fragment",
            &["framing.utf8-fails-fast"],
            fails_fast,
        ),
        Check::new(
            "framing.utf8-close-reason",
            "a close reason that is not UTF-8 is answered by 1007",
            &["framing.utf8-close-reason"],
            broken_reason,
        ),
    ]
}

/// What UTF-8 never holds, and why.
const BROKEN: [(&str, &[u8]); 6] = [
    ("a byte that begins nothing", b"\xff"),
    ("a continuation byte alone", b"\x80"),
    ("an overlong slash", b"\xc0\xaf"),
    ("a surrogate", b"\xed\xa0\x80"),
    ("a character beyond U+10FFFF", b"\xf4\x90\x80\x80"),
    ("a character that is cut", b"\xe2\x82"),
];

/// The probe with `bytes` in a field nobody reads.
fn question_with(bytes: &[u8]) -> Vec<u8> {
    [b"{\"type\":\"ping\",\"id\":\"probe\",\"pad\":\"", bytes, b"\"}"].concat()
}

/// Text that is not UTF-8 closes the connection with 1007.
async fn broken_text(cx: Context) -> Step {
    for (name, bytes) in BROKEN {
        cx.note(name);
        let mut peer = cx.open(Door::Query).await?;
        peer.send_frame(Frame::text(question_with(bytes))).await;
        expect_refusal(&mut peer, 1007, cx.soon()).await?;
    }
    Ok(())
}

/// Text that ends in the middle of a character closes the connection with 1007.
async fn cut_text(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    peer.send_frame(Frame::text(b"{\"type\":\"ping\",\"id\":\"probe\"} \xe2\x82".as_slice()).more()).await;
    peer.send_frame(Frame::continuation("")).await;
    expect_refusal(&mut peer, 1007, cx.soon()).await
}

/// A fragment may end in the middle of a character: the message counts, not the fragment.
async fn split_character(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let id = "κόσμε 😀 \u{10ffff}";
    for byte_of_character in 1..4 {
        let bytes = json!({"type": "ping", "id": id}).to_string().into_bytes();
        let smiley = bytes.iter().position(|byte| *byte == 0xf0).unwrap_or_default();
        let (head, tail) = bytes.split_at(smiley + byte_of_character);
        peer.send_frame(Frame::text(head).more()).await;
        peer.send_frame(Frame::continuation(tail)).await;
        expect_answer(&mut peer, id, cx.soon()).await?;
    }
    Ok(())
}

/// Text that can't become UTF-8 any more is refused before its last fragment.
async fn fails_fast(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    peer.send_frame(Frame::text(b"{\"type\":\"\xff".as_slice()).more()).await;
    expect_refusal(&mut peer, 1007, cx.soon()).await
}

/// A close reason that is not UTF-8 is answered by 1007.
async fn broken_reason(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    peer.send_frame(Frame::new(Opcode::Close, b"\x03\xe8bye \xff".as_slice())).await;
    expect_refusal(&mut peer, 1007, cx.soon()).await
}
