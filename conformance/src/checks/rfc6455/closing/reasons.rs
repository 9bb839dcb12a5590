//! Payloads of close frames: none, a code, a reason (RFC 6455 §5.5.1).

use crate::peer::{Frame, Opcode};

use super::super::payload::text;
use super::talk::Talk;
use super::{Case, Line, Spoil, leniency};

pub(super) fn cases() -> Vec<Case> {
    [valid(), broken()].concat()
}

/// A close frame with 1000 and these octets as its reason.
fn close(reason: &[u8]) -> Frame {
    Frame::new(Opcode::Close, [&1000_u16.to_be_bytes(), reason].concat())
}

fn valid() -> Vec<Case> {
    let rows: [Line<Vec<u8>>; 5] = [
        ("none", "without a reason", Vec::new),
        ("short", "with a reason", || b"Hello World!".to_vec()),
        ("longest", "with a reason of 123 octets, the most there can be", || text(123)),
        ("characters", "with a reason that is not ASCII", || "Tschüß, κόσμε 😀".into()),
        ("longest-characters", "with 122 octets of characters of two", || "é".repeat(61).into_bytes()),
    ];
    let case = |(at, (slug, words, make)): (usize, Line<Vec<u8>>)| {
        Case::new(
            format!("closing.reason-{slug}"),
            format!("a close frame {words} is answered and no fault"),
            &["closing.reasons"],
            if at % 2 == 0 { Spoil::Code(1002) } else { Spoil::Code(1007) },
            move || Talk::new().send(close(&make())).closes_without(&[1002, 1007]),
        )
    };
    let mut cases: Vec<Case> = rows.into_iter().enumerate().map(case).collect();
    cases.push(Case::new(
        "closing.empty",
        "a close frame without a code is answered and no fault",
        &["closing.empty"],
        Spoil::Code(1002),
        || Talk::new().send(Frame::new(Opcode::Close, "")).closes_without(&[1002, 1007]),
    ));
    cases
}

fn broken() -> Vec<Case> {
    let rows: [Line<Frame>; 7] = [
        ("half-code", "of one octet", || Frame::new(Opcode::Close, b"\x03".as_slice())),
        ("reason-124", "with a reason of 124 octets", || close(&text(124))),
        ("reason-impossible", "whose reason has an octet that UTF-8 never has", || close(b"bye \xff")),
        ("reason-surrogate", "whose reason has a surrogate", || close(b"bye \xed\xa0\x80")),
        ("reason-overlong", "whose reason has an overlong slash", || close(b"bye \xc0\xaf")),
        ("reason-cut", "whose reason ends inside a character", || close(b"bye \xe2\x82")),
        ("reason-broken-inside", "whose reason is a word, a surrogate and a word", || {
            close(b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited")
        }),
    ];
    let case = |(at, (slug, words, make)): (usize, Line<Frame>)| {
        Case::new(
            format!("closing.{slug}"),
            format!("a close frame {words} ends the connection"),
            &["closing.broken-payload"],
            if leniency(at) == Spoil::MaskedClose { Spoil::MaskedClose } else { Spoil::Kept },
            move || Talk::new().send(make()).fails(),
        )
    };
    let mut cases: Vec<Case> = rows.into_iter().enumerate().map(case).collect();
    cases.push(Case::new(
        "closing.half-code-is-1002",
        "the answer to a close frame of one octet is 1002",
        &["closing.broken-payload-code"],
        Spoil::Code(1000),
        || Talk::new().send(Frame::new(Opcode::Close, b"\xe8".as_slice())).fails_with(&[1002]),
    ));
    cases.push(Case::new(
        "closing.broken-reason-is-1007",
        "the answer to a close frame whose reason is not UTF-8 is 1007",
        &["closing.broken-payload-code"],
        Spoil::Code(1000),
        || Talk::new().send(close(b"for its code \xff")).fails_with(&[1007, 1002]),
    ));
    cases
}
