//! Forms of a message that every reader has to understand (RFC 7692 §6, §7.2.3).

use super::{Outcome, Script};
use crate::checks::rfc7692::connection::{COMPRESSED, fragments};
use crate::checks::rfc7692::corpus::Corpus;
use crate::peer::deflate::{BitWriter, Deflater, Style, Token, fixed_block, stored_block};
use crate::peer::{Frame, Message};

/// "Hello" with the fixed codes, as §7.2.3.1 writes it.
pub(super) const HELLO: [u8; 7] = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];

const FORMS: &[&str] = &["deflate.forms"];
const PLAIN: &[&str] = &["deflate.plain-messages"];
const FRAGMENTS: &[&str] = &["deflate.fragments"];
const EMPTY: &[&str] = &["deflate.empty-messages"];

pub(super) fn scripts() -> Vec<Script> {
    let mut all = examples();
    all.extend(blocks());
    all.extend(empty());
    all.extend(plain());
    all.extend(fragmented());
    all
}

fn hello() -> Outcome {
    Outcome::Echo(Message::Text("Hello".to_owned()))
}

/// A compressed text frame.
pub(super) fn text(payload: impl Into<Vec<u8>>) -> Frame {
    Frame::text(payload).rsv(COMPRESSED)
}

/// What the standard itself writes.
fn examples() -> Vec<Script> {
    let stored = [0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00];
    let last = [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00];
    let two = [0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00];
    let one = |slug, title, payload: &[u8]| Script::new(slug, title, FORMS, vec![text(payload)], hello());
    vec![
        one("form-one-block", "\"Hello\" in one block, as the standard writes it, comes back", &HELLO),
        one("form-stored", "\"Hello\" in a stored block comes back", &stored),
        Script::new(
            "form-final-block",
            "\"Hello\" in a block marked as the last comes back",
            &["deflate.final-blocks"],
            vec![text(last)],
            hello(),
        ),
        one("form-two-blocks", "\"Hello\" in two blocks comes back", &two),
        Script::new(
            "form-two-frames",
            "\"Hello\" in two frames, cut as the standard cuts it, comes back",
            FRAGMENTS,
            vec![text(&HELLO[..3]).more(), Frame::continuation(&HELLO[3..])],
            hello(),
        ),
    ]
}

/// Blocks of every kind and size.
fn blocks() -> Vec<Script> {
    let compressed = |slug: &str, title: &str, message: &Message, write: &dyn Fn(&mut BitWriter, &[u8])| {
        let mut bits = BitWriter::default();
        let plain = message.to_frame();
        write(&mut bits, &plain.payload);
        bits.end_message();
        let frame = Frame { payload: bits.finish(), ..plain }.rsv(COMPRESSED);
        Script::new(slug, title, FORMS, vec![frame], Outcome::Echo(message.clone()))
    };
    let stored = |bits: &mut BitWriter, octets: &[u8]| {
        for part in octets.chunks(0xffff) {
            stored_block(bits, false, part, None);
        }
    };
    let literals =
        |octets: &[u8]| -> Vec<Token> { octets.iter().map(|octet| Token::Literal(*octet)).collect() };
    let mut all = Vec::new();
    // A stored block adds 6 octets: the lengths of the frame are 125, 126, 127, 65535 and 65536.
    for length in [119, 120, 121, 65_529, 65_530] {
        let message = Corpus::Image.message(length, 3);
        let (slug, title) = (
            format!("form-frame-of-{}", length + 6),
            format!("a compressed message in a frame of {} octets comes back", length + 6),
        );
        all.push(compressed(&slug, &title, &message, &stored));
    }
    let title = "a stored block of the largest size comes back";
    all.push(compressed("form-largest-stored", title, &Corpus::Noise.message(65_535, 3), &stored));
    let title = "two stored blocks, one after the other, come back as one message";
    all.push(compressed("form-two-stored", title, &Corpus::Noise.message(70_000, 3), &stored));
    let title = "a message of every octet from 0 to 255, without references, comes back";
    let octets = Message::Binary((0..=255).collect());
    all.push(compressed("form-every-octet", title, &octets, &|bits, octets| {
        fixed_block(bits, false, &literals(octets));
    }));
    let title = "a hundred empty blocks before a message are passed over";
    let short = Message::Text("after a hundred empty blocks".to_owned());
    all.push(compressed("form-empty-blocks", title, &short, &|bits, octets| {
        for _ in 0..100 {
            stored_block(bits, false, &[], None);
        }
        fixed_block(bits, false, &literals(octets));
    }));
    let title = "a block for each octet of a message is understood";
    let many = Message::Text("a block for each octet".to_owned());
    all.push(compressed("form-many-blocks", title, &many, &|bits, octets| {
        for octet in octets {
            fixed_block(bits, false, &[Token::Literal(*octet)]);
        }
    }));
    let title = "references of the greatest length, to one octet back, are understood";
    let run = Message::Text("=".repeat(1 + 258 * 40));
    all.push(compressed("form-long-run", title, &run, &|bits, octets| {
        let mut tokens = vec![Token::Literal(octets[0])];
        tokens.extend([Token::Copy { length: 258, distance: 1 }].repeat(40));
        fixed_block(bits, false, &tokens);
    }));
    let payload = Deflater::new(15, false, Style::Usual).message(b"!");
    let single = Message::Text("!".to_owned());
    let title = "a message of one octet, larger when compressed, comes back";
    all.push(Script::new("form-one-octet", title, FORMS, vec![text(payload)], Outcome::Echo(single)));
    all
}

/// Nothing, written in several ways.
fn empty() -> Vec<Script> {
    let nothing = || Outcome::Echo(Message::Text(String::new()));
    vec![
        Script::new(
            "empty-stored",
            "an empty message as the standard writes it comes back",
            EMPTY,
            vec![text([0])],
            nothing(),
        ),
        Script::new(
            "empty-fixed",
            "an empty message as an empty block with the fixed codes comes back",
            EMPTY,
            vec![text([2, 0])],
            nothing(),
        ),
        Script::new(
            "empty-fragments",
            "an empty message in three frames comes back",
            EMPTY,
            vec![text([]).more(), Frame::continuation([]).more(), Frame::continuation([0])],
            nothing(),
        ),
        Script::new(
            "empty-payload",
            "a compressed message without any octet is empty, or fails the connection",
            &["deflate.doubtful-ends"],
            vec![text([])],
            Outcome::Either(Message::Text(String::new())),
        ),
        Script::new(
            "empty-binary",
            "an empty binary message comes back as binary",
            EMPTY,
            vec![Frame::binary([0]).rsv(COMPRESSED)],
            Outcome::Echo(Message::Binary(Vec::new())),
        ),
    ]
}

/// Messages that are not compressed, where compression was agreed.
fn plain() -> Vec<Script> {
    let words = "not compressed on a connection that may compress";
    let echo = Outcome::Echo(Message::Text(words.to_owned()));
    let one = |slug, title, frames, outcome| Script::new(slug, title, PLAIN, frames, outcome);
    vec![
        one("plain-text", "a text without compression comes back", vec![Frame::text(words)], echo.clone()),
        one(
            "plain-binary",
            "a binary message without compression comes back",
            vec![Frame::binary([0xff, 0, 0x80])],
            Outcome::Echo(Message::Binary(vec![0xff, 0, 0x80])),
        ),
        one(
            "plain-fragments",
            "a text without compression in fragments comes back",
            vec![Frame::text(&words[..9]).more(), Frame::continuation(&words[9..])],
            echo,
        ),
        one(
            "plain-empty",
            "an empty message without compression comes back",
            vec![Frame::text([])],
            Outcome::Echo(Message::Text(String::new())),
        ),
        one(
            "plain-that-looks-compressed",
            "octets that look compressed and are not marked come back as they are",
            vec![Frame::binary(HELLO)],
            Outcome::Echo(Message::Binary(HELLO.to_vec())),
        ),
        one(
            "plain-with-tail",
            "octets that end as compressed ones do and are not marked come back as they are",
            vec![Frame::binary([0, 0, 0xff, 0xff])],
            Outcome::Echo(Message::Binary(vec![0, 0, 0xff, 0xff])),
        ),
    ]
}

/// Compressed messages cut at every place.
fn fragmented() -> Vec<Script> {
    let mut all = Vec::new();
    for cut in [1, 2, 4, 5, 6] {
        all.push(Script::new(
            &format!("cut-at-{cut}"),
            &format!("a compressed message cut behind octet {cut} of its 7 comes back"),
            FRAGMENTS,
            vec![text(&HELLO[..cut]).more(), Frame::continuation(&HELLO[cut..])],
            hello(),
        ));
    }
    let message = Corpus::Scripts.message(900, 2);
    let payload = Deflater::new(15, false, Style::Usual).message(&message.to_frame().payload);
    all.push(Script::new(
        "cut-everywhere",
        "a compressed message of one octet a frame comes back",
        FRAGMENTS,
        fragments(&text(payload), 1),
        Outcome::Echo(message),
    ));
    let with_empty = |slug: &str, title: &str, frames| Script::new(slug, title, FRAGMENTS, frames, hello());
    all.push(with_empty(
        "cut-first-empty",
        "a compressed message whose first frame is empty comes back",
        vec![text([]).more(), Frame::continuation(HELLO)],
    ));
    all.push(with_empty(
        "cut-last-empty",
        "a compressed message whose last frame is empty comes back",
        vec![text(HELLO).more(), Frame::continuation([])],
    ));
    all.push(with_empty(
        "cut-middle-empty",
        "a compressed message with empty frames in the middle comes back",
        vec![
            text(&HELLO[..2]).more(),
            Frame::continuation([]).more(),
            Frame::continuation([]).more(),
            Frame::continuation(&HELLO[2..]),
        ],
    ));
    all.push(with_empty(
        "cut-with-pong",
        "a pong nobody asked for between the frames of a compressed message is passed over",
        vec![text(&HELLO[..2]).more(), Frame::pong("unasked"), Frame::continuation(&HELLO[2..])],
    ));
    all
}
