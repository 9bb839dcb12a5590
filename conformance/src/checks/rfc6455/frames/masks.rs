//! Masking (RFC 6455 §5.1, §5.3).

use crate::peer::{Frame, Opcode};

use super::payload::{named, named_octets};
use super::talk::{Act, Talk};
use super::{CLOSE, Case, Spoil, damage, fails_of, leniency_of};

/// Keys that look like none, like all, or like payload.
const KEYS: [([u8; 4], &str, &str); 5] = [
    ([0, 0, 0, 0], "zero", "zero"),
    ([0xff; 4], "ones", "all ones"),
    ([0, 0, 0, 1], "last-octet", "one octet"),
    (*b"mask", "letters", "letters of the payload"),
    ([0x80, 0, 0, 0], "first-bit", "one bit"),
];

/// Kind, name, and payload of frames that are sent without a mask.
const BARE: [(Opcode, &str, &[u8]); 7] = [
    (Opcode::Text, "text", b"no mask"),
    (Opcode::Text, "empty-text", b""),
    (Opcode::Binary, "binary", &[0, 255, 1, 254]),
    (Opcode::Ping, "ping", b"bare"),
    (Opcode::Pong, "pong", b"bare"),
    (Opcode::Close, "close", CLOSE),
    (Opcode::Continuation, "continuation", b"rest"),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = KEYS.into_iter().enumerate().map(|(at, key)| with_key(at, key)).collect();
    cases.extend((1..=8).map(with_length));
    cases.extend(BARE.into_iter().enumerate().map(|(at, bare)| without(at, bare)));
    cases.push(Case::new(
        "frames.unmasked-is-1002",
        "the close code for a frame without a mask is 1002",
        &["frames.unmasked-code"],
        Spoil::Code(1000),
        || Talk::new().act(Act::Bare(Frame::text("bare, for its code"))).fails_with(&[1002]),
    ));
    cases.push(Case::new(
        "frames.unmasked-close-is-1002",
        "the close code for a close frame without a mask is 1002",
        &["frames.unmasked-code"],
        Spoil::Code(1000),
        || Talk::new().act(Act::Bare(Frame::close(1000, "bare, for its code"))).fails_with(&[1002]),
    ));
    cases
}

fn with_key(at: usize, (key, slug, words): ([u8; 4], &'static str, &str)) -> Case {
    Case::new(
        format!("frames.mask-{slug}"),
        format!("a masking key of {words} is a key like any other"),
        &["frames.mask-keys"],
        damage(at),
        move || {
            let payload = named(&format!("mask {slug} "), 40);
            Talk::new().send(Frame::text(payload.clone()).masked(key)).echo_text(payload)
        },
    )
}

/// The key is four octets: each remainder of the length has its own end.
fn with_length(length: usize) -> Case {
    Case::new(
        format!("frames.mask-over-{length}"),
        format!("{length} octets are unmasked to their last"),
        &["frames.mask-keys"],
        if length.is_multiple_of(2) { Spoil::Flip } else { Spoil::Cut },
        move || {
            let payload = named_octets("-+*:;!?=", length);
            let frame = Frame::binary(payload.clone()).masked([0xa5, 0x5a, 0xc3, 0x3c]);
            Talk::new().send(frame).echo(crate::peer::Message::Binary(payload))
        },
    )
}

fn without(at: usize, (opcode, slug, payload): (Opcode, &str, &'static [u8])) -> Case {
    let title = match opcode {
        Opcode::Close => "a close frame without a mask ends the connection".to_owned(),
        _ => {
            let article = if payload.is_empty() { "an" } else { "a" };
            format!("{article} {} frame without a mask is refused", slug.replace('-', " "))
        }
    };
    let lead = opcode == Opcode::Continuation;
    Case::new(
        format!("frames.unmasked-{slug}"),
        title,
        &["frames.unmasked"],
        leniency_of(opcode, at),
        move || {
            let bare = Act::Bare(Frame::new(opcode, payload));
            let talk = Talk::new();
            let talk = if lead { talk.send(Frame::text("masked, then ").more()) } else { talk };
            fails_of(opcode, talk.act(bare).unwanted_pong(payload))
        },
    )
}
