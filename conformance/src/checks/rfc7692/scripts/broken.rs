//! What must not be sent: bits in the wrong place, data that is not DEFLATE, text that is not text.

use super::allowed::{HELLO, text};
use super::{Outcome, Script};
use crate::checks::rfc7692::connection::{COMPRESSED, fragments};
use crate::peer::deflate::{BitWriter, Deflater, Style, TAIL, Token, fixed_block, stored_block};
use crate::peer::{Frame, Message};

/// Closed with 1002: what a case is about that asks for the code (RFC 6455 §7.1.7, a SHOULD).
const PROTOCOL_ERROR: Outcome = Outcome::Refused(&[1002]);
/// Closed with 1007: the same of text.
const NOT_TEXT: Outcome = Outcome::Refused(&[1007]);
/// Failed in any way.
const FAILED: Outcome = Outcome::Refused(&[]);

pub(super) fn scripts() -> Vec<Script> {
    let mut all = bits();
    all.extend(not_agreed());
    all.extend(blocks());
    all.extend(codes());
    all.extend(ends());
    all.extend(not_text());
    all
}

/// Reserved bits where they have no meaning, on a connection that may compress.
fn bits() -> Vec<Script> {
    let marked: &[&str] = &["deflate.bit-of-control-frames"];
    let later: &[&str] = &["deflate.bit-of-continuations"];
    let others: &[&str] = &["deflate.other-bits"];
    let one = |slug, title, requirement, frames| Script::new(slug, title, requirement, frames, FAILED);
    vec![
        one("bit-on-ping", "RSV1 on a ping", marked, vec![Frame::ping("marked").rsv(COMPRESSED)]),
        one("bit-on-pong", "RSV1 on a pong", marked, vec![Frame::pong("marked").rsv(COMPRESSED)]),
        one(
            "bit-on-continuation",
            "RSV1 on the second frame alone",
            later,
            vec![Frame::text("not marked ").more(), Frame::continuation("marked").rsv(COMPRESSED)],
        ),
        one(
            "bit-on-every-frame",
            "RSV1 on every frame of a message",
            later,
            vec![text(&HELLO[..3]).more(), Frame::continuation(&HELLO[3..]).rsv(COMPRESSED)],
        ),
        one(
            "bit-on-last-frame",
            "RSV1 on an empty last frame",
            later,
            vec![text(HELLO).more(), Frame::continuation([]).rsv(COMPRESSED)],
        ),
        one(
            "rsv2-plain",
            "RSV2 on a message without compression",
            others,
            vec![Frame::text("two").rsv(0b010)],
        ),
        one(
            "rsv3-plain",
            "RSV3 on a message without compression",
            others,
            vec![Frame::text("three").rsv(0b001)],
        ),
        one("rsv2-compressed", "RSV2 on a compressed message", others, vec![Frame::text(HELLO).rsv(0b110)]),
        one("rsv3-compressed", "RSV3 on a compressed message", others, vec![Frame::text(HELLO).rsv(0b101)]),
        Script::new(
            "bit-code",
            "RSV1 on a ping",
            &["deflate.bit-code"],
            vec![Frame::ping("marked, for the code").rsv(COMPRESSED)],
            PROTOCOL_ERROR,
        ),
        // An end is what comes of any close frame: only the code shows that it was no good one.
        Script::new(
            "bit-on-close",
            "RSV1 on a close frame",
            &["deflate.bit-code"],
            vec![Frame::close(1000, "marked").rsv(COMPRESSED)],
            PROTOCOL_ERROR,
        ),
    ]
}

/// RSV1 where nothing was agreed.
fn not_agreed() -> Vec<Script> {
    let requirement: &[&str] = &["deflate.bit-without-agreement"];
    let one = |slug, title, frames| Script::new(slug, title, requirement, frames, FAILED).not_offered();
    vec![
        one("unagreed-text", "a compressed text where nothing was agreed", vec![text(HELLO)]),
        one(
            "unagreed-binary",
            "a compressed binary message where nothing was agreed",
            vec![Frame::binary(HELLO).rsv(COMPRESSED)],
        ),
        one("unagreed-plain", "RSV1 on readable text where nothing was agreed", vec![text("readable")]),
        one("unagreed-empty", "RSV1 on an empty message where nothing was agreed", vec![text([])]),
    ]
}

/// A script whose only frame is compressed text of these bits.
fn written(slug: &str, title: &str, outcome: Outcome, write: impl Fn(&mut BitWriter)) -> Script {
    let mut bits = BitWriter::default();
    write(&mut bits);
    bits.end_message();
    Script::new(slug, title, &["deflate.malformed"], vec![text(bits.finish())], outcome)
}

/// Blocks that there are not.
fn blocks() -> Vec<Script> {
    vec![
        written("broken-block-type", "a block of the reserved type", FAILED, |bits| bits.put(0b110, 3)),
        written(
            "broken-complement",
            "a stored block whose two lengths don't belong together",
            FAILED,
            |bits| {
                stored_block(bits, false, b"twelve chars", Some(0x1234));
            },
        ),
        written("broken-length-286", "length symbol 286, which has no meaning", FAILED, |bits| {
            fixed_block(bits, false, &[Token::Literal(b'a'), Token::LengthSymbol(286)]);
        }),
        written("broken-length-287", "length symbol 287, which has no meaning", FAILED, |bits| {
            fixed_block(bits, false, &[Token::Literal(b'a'), Token::LengthSymbol(287)]);
        }),
        written("broken-distance-30", "distance symbol 30, which has no meaning", FAILED, |bits| {
            fixed_block(
                bits,
                false,
                &[Token::Literal(b'a'), Token::LengthSymbol(257), Token::DistanceSymbol(30)],
            );
        }),
        written("broken-distance-31", "distance symbol 31, which has no meaning", FAILED, |bits| {
            fixed_block(
                bits,
                false,
                &[Token::Literal(b'a'), Token::LengthSymbol(257), Token::DistanceSymbol(31)],
            );
        }),
        written("broken-distance", "a reference to one octet before the message", FAILED, |bits| {
            fixed_block(bits, false, &[Token::Literal(b'a'), Token::Copy { length: 3, distance: 2 }]);
        }),
        written("broken-distance-first", "a message that begins with a reference", FAILED, |bits| {
            fixed_block(bits, false, &[Token::Copy { length: 10, distance: 1 }]);
        }),
        Script::new(
            "broken-second-block",
            "a good block and then one of the reserved type",
            &["deflate.malformed"],
            vec![text([0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0x06])],
            FAILED,
        ),
        Script::new(
            "broken-ones",
            "64 octets of nothing but ones",
            &["deflate.malformed"],
            vec![Frame::binary([0xff; 64]).rsv(COMPRESSED)],
            FAILED,
        ),
        Script::new(
            "broken-in-fragments",
            "a block of the reserved type in frames of one octet",
            &["deflate.malformed"],
            fragments(&text([0x06, 0x41, 0x42, 0x43]), 1),
            FAILED,
        ),
        Script::new(
            "broken-code",
            "what is not DEFLATE closes with 1002 or 1007",
            &["deflate.malformed-code"],
            vec![text([0x07, 0x00])],
            Outcome::Refused(&[1002, 1007]),
        ),
    ]
}

/// Dynamic blocks whose codes are none.
fn codes() -> Vec<Script> {
    /// The head of a dynamic block: how many literals over 257, distances over 1, and lengths of the code.
    fn head(bits: &mut BitWriter, literals: u32, distances: u32, lengths: &[u32]) {
        bits.put(0b100, 3);
        bits.put(literals, 5);
        bits.put(distances, 5);
        bits.put(lengths.len() as u32 - 4, 4);
        for length in lengths {
            bits.put(*length, 3);
        }
        // What follows is read as codes by those who don't look.
        for _ in 0..16 {
            bits.put(0x5555_5555, 32);
        }
    }
    vec![
        written("broken-many-literals", "a dynamic block with 288 literals", FAILED, |bits| {
            head(bits, 31, 0, &[1, 1, 1, 1]);
        }),
        written("broken-many-codes", "a dynamic block with more codes than fit", FAILED, |bits| {
            head(bits, 0, 0, &[1, 1, 1, 1, 1, 1]);
        }),
        written("broken-no-codes", "a dynamic block without any code", FAILED, |bits| {
            head(bits, 0, 0, &[0, 0, 0, 0, 0, 0]);
        }),
        written(
            "broken-repetition",
            "a dynamic block that begins with a repetition of nothing",
            FAILED,
            |bits| {
                bits.put(0b100, 3);
                bits.put(0, 10);
                bits.put(0, 4);
                // Codes 16 and 17, of one bit each; the first is then used at once.
                for length in [1, 1, 0, 0] {
                    bits.put(length, 3);
                }
                bits.put(0, 32);
            },
        ),
    ]
}

/// Ends that are cut, or not taken off.
fn ends() -> Vec<Script> {
    let cut: &[&str] = &["deflate.cut-messages"];
    let doubtful: &[&str] = &["deflate.doubtful-ends"];
    let hello = || Outcome::Either(Message::Text("Hello".to_owned()));
    let long =
        Deflater::new(15, false, Style::Usual).message(&b"a message that is cut in the middle. ".repeat(20));
    let mut stored = BitWriter::default();
    stored_block(&mut stored, false, &[b'x'; 100], None);
    let stored = stored.finish();
    vec![
        Script::new(
            "end-cut",
            "a message that ends in the middle of a block",
            cut,
            vec![text(&long[..long.len() / 2])],
            FAILED,
        ),
        Script::new(
            "end-cut-stored",
            "a stored block with fewer octets than it says",
            cut,
            vec![text(&stored[..50])],
            FAILED,
        ),
        Script::new(
            "end-cut-head",
            "a dynamic block that ends in its head",
            cut,
            vec![text([0x04, 0x80])],
            FAILED,
        ),
        Script::new(
            "end-kept",
            "a message whose end was not taken off comes back, or fails the connection",
            doubtful,
            vec![text([&HELLO[..], &TAIL].concat())],
            hello(),
        ),
        Script::new(
            "end-without-last-octet",
            "a message without the octet before its end comes back, or fails the connection",
            doubtful,
            vec![text(&HELLO[..6])],
            hello(),
        ),
    ]
}

/// Compressed text that is not UTF-8.
fn not_text() -> Vec<Script> {
    let compressed = |octets: &[u8]| Deflater::new(15, false, Style::Usual).message(octets);
    let one = |slug: &str, title: &str, frames| Script::new(slug, title, &["deflate.text"], frames, FAILED);
    let whole = |slug, title, octets: &[u8]| one(slug, title, vec![text(compressed(octets))]);
    let long = [&b"good text and more of it. ".repeat(200)[..], &[0xc3]].concat();
    vec![
        whole("text-octet", "compressed text with an octet that no text has", b"before \xff after"),
        whole("text-first", "compressed text that begins in the middle of a character", b"\xbfafter"),
        whole("text-cut", "compressed text that ends in the middle of a character", b"before \xe6\xb5"),
        whole(
            "text-overlong",
            "compressed text with a character in too many octets",
            b"before \xc0\xaf after",
        ),
        whole(
            "text-surrogate",
            "compressed text with half a pair of surrogates",
            b"before \xed\xa0\x80 after",
        ),
        whole(
            "text-too-large",
            "compressed text with a character beyond the last",
            b"before \xf4\x90\x80\x80 after",
        ),
        whole("text-long", "long compressed text with a cut character at its end", &long),
        one(
            "text-in-fragments",
            "compressed text in frames of three octets with an octet that no text has",
            fragments(&text(compressed(b"before \xfe after")), 3),
        ),
        Script::new(
            "text-code",
            "compressed text that is not UTF-8",
            &["deflate.text-code"],
            vec![text(compressed(b"for its code \xff"))],
            NOT_TEXT,
        ),
    ]
}
