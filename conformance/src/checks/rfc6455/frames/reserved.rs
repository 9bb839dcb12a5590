//! Reserved bits and opcodes (RFC 6455 §5.2): no extension was negotiated, so all are violations.

use crate::peer::{Frame, Opcode};

use super::payload::octets;
use super::talk::Talk;
use super::{CLOSE, Case, Line, Spoil, fails_of, leniency, leniency_of};

pub(super) fn cases() -> Vec<Case> {
    [bits_of_text(), bits_of_others(), opcodes(), surrounded(), codes()].concat()
}

/// The names of the bits set in `rsv`.
fn names(rsv: u8) -> String {
    let names = [(4, "RSV1"), (2, "RSV2"), (1, "RSV3")];
    let set: Vec<&str> = names.into_iter().filter(|(bit, _)| rsv & bit != 0).map(|(_, name)| name).collect();
    set.join(" and ")
}

fn bits_of_text() -> Vec<Case> {
    (1..8)
        .map(|rsv| {
            Case::new(
                format!("frames.text-rsv-{rsv:03b}"),
                format!("a text frame with {} is refused", names(rsv)),
                &["frames.reserved-bits"],
                leniency(usize::from(rsv)),
                move || Talk::new().send(Frame::text("reserved").rsv(rsv)).fails(),
            )
        })
        .collect()
}

/// Other kinds of frames and the bits set in them.
const OTHERS: [(Opcode, u8); 15] = [
    (Opcode::Binary, 4),
    (Opcode::Binary, 5),
    (Opcode::Binary, 2),
    (Opcode::Binary, 1),
    (Opcode::Continuation, 4),
    (Opcode::Continuation, 2),
    (Opcode::Continuation, 1),
    (Opcode::Ping, 4),
    (Opcode::Ping, 6),
    (Opcode::Ping, 2),
    (Opcode::Ping, 1),
    (Opcode::Pong, 4),
    (Opcode::Pong, 1),
    (Opcode::Close, 7),
    (Opcode::Close, 4),
];

fn bits_of_others() -> Vec<Case> {
    let case = |(at, (opcode, rsv)): (usize, (Opcode, u8))| {
        Case::new(
            format!("frames.{opcode}-rsv-{rsv:03b}"),
            format!("a {opcode} frame with {} is refused", names(rsv)),
            &["frames.reserved-bits"],
            leniency_of(opcode, at),
            move || {
                let payload: &[u8] = if opcode == Opcode::Close { CLOSE } else { b"reserved bit" };
                let talk = Talk::new();
                let talk = match opcode {
                    Opcode::Continuation => talk.send(Frame::text("first, ").more()),
                    _ => talk,
                };
                fails_of(opcode, talk.send(Frame::new(opcode, payload).rsv(rsv)).unwanted_pong(payload))
            },
        )
    };
    OTHERS.into_iter().enumerate().map(case).collect()
}

fn opcodes() -> Vec<Case> {
    let reserved = (3..8).chain(11..16);
    let both = |(at, bits): (usize, u8)| {
        let kind = if bits < 8 { "data" } else { "control" };
        [false, true].map(|filled| {
            let (slug, words) =
                if filled { ("-with-payload", "with a payload") } else { ("", "without a payload") };
            Case::new(
                format!("frames.opcode-{bits}{slug}"),
                format!("the reserved {kind} opcode {bits} {words} is refused"),
                &["frames.reserved-opcodes"],
                leniency(at + usize::from(filled)),
                move || {
                    let payload = if filled { octets(20) } else { Vec::new() };
                    Talk::new().send(Frame::new(Opcode::Reserved(bits), payload)).fails()
                },
            )
        })
    };
    reserved.enumerate().flat_map(both).collect()
}

/// Violations between a message and a ping: the message may be echoed, the ping must not be answered.
fn surrounded() -> Vec<Case> {
    let bad: [Line<Frame>; 6] = [
        ("rsv-010", "a text frame with RSV2", || Frame::text("between").rsv(2)),
        ("rsv-011", "a text frame with RSV2 and RSV3", || Frame::text("between").rsv(3)),
        ("opcode-5", "opcode 5", || Frame::new(Opcode::Reserved(5), Vec::new())),
        ("opcode-6", "opcode 6 with a payload", || Frame::new(Opcode::Reserved(6), "between")),
        ("opcode-13", "opcode 13", || Frame::new(Opcode::Reserved(13), Vec::new())),
        ("opcode-14", "opcode 14 with a payload", || Frame::new(Opcode::Reserved(14), "between")),
    ];
    let case = |(at, (slug, words, make)): (usize, Line<Frame>)| {
        let chopped = at % 2 == 1;
        let how = if chopped { ", in single octets" } else { "" };
        Case::new(
            format!("frames.{slug}-before-ping"),
            format!("behind {words}{how}, nothing is answered any more"),
            &["frames.nothing-after-violation"],
            Spoil::PongEchoed,
            move || {
                let frames = vec![Frame::text(format!("before {slug}")), make(), Frame::ping("behind")];
                let talk = Talk::new().unwanted_pong("behind").echo_text(format!("before {slug}")).fails();
                talk.pieces(frames, if chopped { 1 } else { 1 << 16 })
            },
        )
    };
    bad.into_iter().enumerate().map(case).collect()
}

fn codes() -> Vec<Case> {
    let of_close = [4, 7].map(|rsv| {
        Case::new(
            format!("frames.close-rsv-{rsv:03b}-is-1002"),
            format!("the close code for a close frame with {} is 1002", names(rsv)),
            &["frames.reserved-code"],
            Spoil::Code(1000),
            move || Talk::new().send(Frame::close(1000, "for its code").rsv(rsv)).fails_with(&[1002]),
        )
    });
    let of_others = vec![
        Case::new(
            "frames.reserved-bit-is-1002",
            "the close code for a reserved bit is 1002",
            &["frames.reserved-code"],
            Spoil::Code(1007),
            || Talk::new().send(Frame::text("RSV1, for its code").rsv(4)).fails_with(&[1002]),
        ),
        Case::new(
            "frames.reserved-data-opcode-is-1002",
            "the close code for a reserved data opcode is 1002",
            &["frames.reserved-code"],
            Spoil::Code(1003),
            || Talk::new().send(Frame::new(Opcode::Reserved(3), "for its code")).fails_with(&[1002]),
        ),
        Case::new(
            "frames.reserved-control-opcode-is-1002",
            "the close code for a reserved control opcode is 1002",
            &["frames.reserved-code"],
            Spoil::NoClose,
            || Talk::new().send(Frame::new(Opcode::Reserved(11), "for its code")).fails_with(&[1002]),
        ),
    ];
    of_close.into_iter().chain(of_others).collect()
}
