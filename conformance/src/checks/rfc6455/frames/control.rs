//! Pings, pongs and the rules for all control frames (RFC 6455 §5.5).

use std::time::Duration;

use crate::peer::{Frame, Opcode};

use super::payload::{octets, text};
use super::talk::{Act, Talk};
use super::{CLOSE, Case, Line, Spoil, fails_of, leniency_of};

pub(super) fn cases() -> Vec<Case> {
    [pings(), many(), unasked(), too_long(), fragmented(), codes()].concat()
}

/// Payloads of pings.
const PINGS: [Line<Vec<u8>>; 7] = [
    ("empty", "without a payload", Vec::new),
    ("text", "with text", || b"Hello, world!".to_vec()),
    ("binary", "with octets that are no text", || vec![0, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0, 0xff]),
    ("one-octet", "with one octet", || vec![0]),
    ("half-character", "with half a character", || vec![0xe2, 0x82]),
    ("124-octets", "with 124 octets", || octets(124)),
    ("125-octets", "with 125 octets, the most there can be", || octets(125)),
];

fn pings() -> Vec<Case> {
    let case = |(at, (slug, words, make)): (usize, Line<Vec<u8>>)| {
        Case::new(
            format!("frames.ping-{slug}"),
            format!("a ping {words} is answered by the same"),
            &["frames.ping-answered"],
            if at % 3 == 2 { Spoil::PongLost } else { Spoil::PongFlip },
            move || Talk::new().ping(make()),
        )
    };
    let mut cases: Vec<Case> = PINGS.into_iter().enumerate().map(case).collect();
    cases.push(Case::new(
        "frames.ping-125-in-octets",
        "a ping of 125 octets that TCP brings one at a time is one ping",
        &["frames.ping-answered"],
        Spoil::PongFlip,
        || {
            let frame = Frame::ping(text(125));
            Talk::new().act(Act::Pieces(vec![frame], 1, Duration::from_millis(1))).pong(text(125))
        },
    ));
    cases
}

/// Pings one behind the other: the last must be answered, the others may be.
fn many() -> Vec<Case> {
    let numbered = |count: usize, name: &str| -> Vec<Frame> {
        (0..count).map(|at| Frame::ping(format!("{name} {at}"))).collect()
    };
    let talk = |frames: Vec<Frame>, size: Option<usize>| {
        let last = frames.last().map(|frame| frame.payload.clone()).unwrap_or_default();
        let talk = match size {
            Some(size) => Talk::new().pieces(frames, size),
            None => Talk::new().send_all(frames),
        };
        talk.pong(last)
    };
    vec![
        Case::new(
            "frames.ten-pings",
            "of ten pings at once the last is answered",
            &["frames.last-ping-answered"],
            Spoil::PongFlip,
            move || talk(numbered(10, "ping"), None),
        ),
        Case::new(
            "frames.ten-pings-in-octets",
            "of ten pings that TCP brings in single octets the last is answered",
            &["frames.last-ping-answered"],
            Spoil::PongFlip,
            move || talk(numbered(10, "octet"), Some(1)),
        ),
        Case::new(
            "frames.thirty-pings-in-one-write",
            "of thirty pings in one packet the last is answered",
            &["frames.last-ping-answered"],
            Spoil::PongFlip,
            move || talk(numbered(30, "packet"), Some(1 << 16)),
        ),
    ]
}

/// Pongs that answer nothing.
fn unasked() -> Vec<Case> {
    let pong = |slug: &str, title: &str, spoil: Spoil, talk: fn() -> Talk| {
        Case::new(format!("frames.{slug}"), title, &["frames.unasked-pong"], spoil, talk)
    };
    vec![
        pong("pong-unasked-empty", "an unasked pong without a payload is ignored", Spoil::Refused, || {
            Talk::new().send(Frame::pong(Vec::new()))
        }),
        pong("pong-unasked", "an unasked pong is ignored", Spoil::PongEchoed, || {
            Talk::new().send(Frame::pong("unasked")).unwanted_pong("unasked")
        }),
        pong("pong-unasked-longest", "an unasked pong of 125 octets is ignored", Spoil::Refused, || {
            Talk::new().send(Frame::pong(octets(125)))
        }),
        pong("pong-then-ping", "a ping behind an unasked pong is answered", Spoil::PongFlip, || {
            Talk::new().send(Frame::pong("unasked, then")).ping("a ping").unwanted_pong("unasked, then")
        }),
        pong("pong-then-text", "text behind an unasked pong comes back", Spoil::Flip, || {
            Talk::new().send(Frame::pong("unasked")).text("behind a pong")
        }),
    ]
}

/// Control frames with more than 125 octets.
fn too_long() -> Vec<Case> {
    let rows = [
        (Opcode::Ping, 126),
        (Opcode::Ping, 65_536),
        (Opcode::Pong, 126),
        (Opcode::Pong, 65_535),
        (Opcode::Close, 126),
    ];
    let case = |(at, (opcode, length)): (usize, (Opcode, usize))| {
        Case::new(
            format!("frames.{opcode}-of-{length}"),
            format!("a {opcode} frame of {length} octets is refused"),
            &["frames.control-length"],
            leniency_of(opcode, at),
            move || {
                let mut payload = text(length);
                if opcode == Opcode::Close {
                    payload[..2].copy_from_slice(CLOSE);
                }
                let talk = Talk::new().unwanted_pong(payload.clone()).send(Frame::new(opcode, payload));
                fails_of(opcode, talk)
            },
        )
    };
    rows.into_iter().enumerate().map(case).collect()
}

/// Control frames that are not final.
fn fragmented() -> Vec<Case> {
    let rows = [(Opcode::Ping, "ping"), (Opcode::Pong, "pong"), (Opcode::Close, "close")];
    let both = |(at, (opcode, kind)): (usize, (Opcode, &'static str))| {
        let payload: &[u8] = if opcode == Opcode::Close { CLOSE } else { b"half" };
        [
            Case::new(
                format!("frames.{kind}-not-final"),
                format!("a {kind} frame that is not final is refused"),
                &["frames.control-fragmented"],
                leniency_of(opcode, at),
                move || {
                    let half = Frame::new(opcode, payload).more();
                    fails_of(opcode, Talk::new().send(half).unwanted_pong(payload))
                },
            ),
            Case::new(
                format!("frames.{kind}-in-two-fragments"),
                format!("a {kind} frame in two fragments is refused"),
                &["frames.control-fragmented"],
                leniency_of(opcode, at + 2),
                move || {
                    let first = Frame::new(opcode, payload).more();
                    let whole = [payload, b" and half"].concat();
                    let frames = [first, Frame::continuation(" and half")];
                    fails_of(opcode, Talk::new().send_all(frames).unwanted_pong(whole))
                },
            ),
        ]
    };
    rows.into_iter().enumerate().flat_map(both).collect()
}

fn codes() -> Vec<Case> {
    let case = |slug: &str, words: &str, spoil: Spoil, make: fn() -> Vec<Frame>| {
        Case::new(
            format!("frames.{slug}-is-1002"),
            format!("the close code for {words} is 1002"),
            &["frames.control-code"],
            spoil,
            move || Talk::new().send_all(make()).fails_with(&[1002]),
        )
    };
    vec![
        case("long-ping", "a ping of 126 octets", Spoil::Code(1009), || vec![Frame::ping(octets(126))]),
        case("fragmented-ping", "a ping that is not final", Spoil::Code(1000), || {
            vec![Frame::ping("half, code").more()]
        }),
        case("long-close", "a close frame of 126 octets", Spoil::Code(1000), || {
            vec![Frame::new(Opcode::Close, [&1000_u16.to_be_bytes(), text(124).as_slice()].concat())]
        }),
        case("close-not-final", "a close frame that is not final", Spoil::Code(1000), || {
            vec![Frame::close(1000, "half, code").more()]
        }),
        case("close-in-two-fragments", "a close frame in two fragments", Spoil::Code(1000), || {
            vec![Frame::close(1000, "a half").more(), Frame::continuation(" and half, code")]
        }),
    ]
}
