//! Payloads of close frames: none, a code, a reason (RFC 6455 §5.5.1).

use crate::peer::{Frame, Opcode};

use super::super::payload::text;
use super::talk::Talk;
use super::{CODE, Case, Line, Spoil};

pub(super) fn cases() -> Vec<Case> {
    [valid(), broken(), codes()].concat()
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

/// A close frame with the code of violations and these octets as its reason.
fn broken_close(reason: &[u8]) -> Frame {
    Frame::new(Opcode::Close, [&CODE.to_be_bytes(), reason].concat())
}

/// Reasons that no close frame can have.
const BROKEN: [Line<Vec<u8>>; 6] = [
    ("reason-124", "with a reason of 124 octets", || text(124)),
    ("reason-impossible", "whose reason has an octet that UTF-8 never has", || b"bye \xff".to_vec()),
    ("reason-surrogate", "whose reason has a surrogate", || b"bye \xed\xa0\x80".to_vec()),
    ("reason-overlong", "whose reason has an overlong slash", || b"bye \xc0\xaf".to_vec()),
    ("reason-cut", "whose reason ends inside a character", || b"bye \xe2\x82".to_vec()),
    ("reason-broken-inside", "whose reason is a word, a surrogate and a word", || {
        b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited".to_vec()
    }),
];

fn broken() -> Vec<Case> {
    let half = Case::new(
        "closing.half-code",
        "a close frame of one octet ends the connection",
        &["closing.broken-payload"],
        Spoil::Kept,
        || Talk::new().send(Frame::new(Opcode::Close, b"\x03".as_slice())).fails(),
    );
    let of_reason = BROKEN.into_iter().enumerate().map(|(at, (slug, words, make))| {
        Case::new(
            format!("closing.{slug}"),
            format!("a close frame {words} ends the connection and its code does not come back"),
            &["closing.broken-payload"],
            [Spoil::EchoedCode(CODE), Spoil::MaskedClose, Spoil::EchoedCode(CODE), Spoil::Kept][at % 4],
            move || Talk::new().send(broken_close(&make())).fails_untaken(CODE),
        )
    });
    std::iter::once(half).chain(of_reason).collect()
}

/// What a broken close frame is answered by.
fn codes() -> Vec<Case> {
    let case =
        |id: String, words: &str, codes: &'static [u16], make: Box<dyn Fn() -> Frame + Send + Sync>| {
            let wanted: Vec<String> = codes.iter().map(u16::to_string).collect();
            Case::new(
                id,
                format!("the answer to a close frame {words} is {}", wanted.join(" or ")),
                &["closing.broken-payload-code"],
                Spoil::Code(1000),
                move || Talk::new().send(make()).fails_with(codes),
            )
        };
    let mut cases = vec![case(
        "closing.half-code-is-1002".to_owned(),
        "of one octet",
        &[1002],
        Box::new(|| Frame::new(Opcode::Close, b"\xe8".as_slice())),
    )];
    cases.extend(BROKEN.into_iter().map(|(slug, words, make)| {
        // More than 125 octets are a broken control frame, whatever is in them.
        let codes: &[u16] = if slug == "reason-124" { &[1002] } else { &[1007, 1002] };
        case(format!("closing.{slug}-is-{}", codes[0]), words, codes, Box::new(move || close(&make())))
    }));
    cases.push(Case::new(
        "closing.broken-reason-is-1007",
        "the answer to a close frame whose reason is not UTF-8 is 1007",
        &["closing.broken-payload-code"],
        Spoil::Code(1000),
        || Talk::new().send(close(b"for its code \xff")).fails_with(&[1007, 1002]),
    ));
    cases
}
