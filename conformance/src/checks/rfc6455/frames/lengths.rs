//! Lengths of payloads (RFC 6455 §5.2).

use std::time::Duration;

use crate::peer::{Frame, LengthForm, Opcode};

use super::payload::{octets, text};
use super::talk::{Act, Talk};
use super::{Case, Spoil, damage, damage_of_octets, leniency};

/// Lengths about which decoders err: nothing, the ends of the 7-bit and the 16-bit form, signs.
const LENGTHS: [usize; 14] =
    [0, 1, 124, 125, 126, 127, 128, 255, 256, 32_767, 32_768, 65_534, 65_535, 65_536];

pub(super) fn cases() -> Vec<Case> {
    [whole(), in_pieces(), long_forms(), highest_bit(), announced()].concat()
}

fn whole() -> Vec<Case> {
    let both = |(at, length): (usize, usize)| {
        // Of an empty echo nothing can be changed but that it comes.
        let spoil = if length == 0 { Spoil::Twice } else { damage(at) };
        [
            Case::new(
                format!("frames.text-{length}"),
                format!("text of {length} octets comes back"),
                &["frames.lengths"],
                spoil,
                move || Talk::new().text(text(length)),
            ),
            Case::new(
                format!("frames.binary-{length}"),
                format!("binary of {length} octets comes back"),
                &["frames.lengths"],
                if length == 0 { Spoil::Twice } else { damage_of_octets(at) },
                move || Talk::new().binary(octets(length)),
            ),
        ]
    };
    LENGTHS.into_iter().enumerate().flat_map(both).collect()
}

/// Length of the payload, octets of a write.
const PIECES: [(usize, usize); 7] =
    [(1, 1), (125, 1), (126, 1), (127, 3), (300, 7), (65_535, 997), (65_536, 997)];

fn in_pieces() -> Vec<Case> {
    let both = |(at, (length, size)): (usize, (usize, usize))| {
        // Other payloads than those of the whole frames, so that their mutants differ.
        let words = format!("chop-{size} ");
        let binary = words.clone();
        [
            Case::new(
                format!("frames.text-{length}-in-pieces-of-{size}"),
                format!("a text frame of {length} octets that TCP brings {size} at a time is one frame"),
                &["frames.pieces"],
                damage(at),
                move || {
                    let payload = super::payload::named(&words, length);
                    let frame = Frame::text(payload.clone());
                    pieces(frame, size).echo_text(payload)
                },
            ),
            Case::new(
                format!("frames.binary-{length}-in-pieces-of-{size}"),
                format!("a binary frame of {length} octets that TCP brings {size} at a time is one frame"),
                &["frames.pieces"],
                damage_of_octets(at),
                move || {
                    let payload = super::payload::named_octets(&binary, length);
                    let frame = Frame::binary(payload.clone());
                    pieces(frame, size).echo(crate::peer::Message::Binary(payload))
                },
            ),
        ]
    };
    PIECES.into_iter().enumerate().flat_map(both).collect()
}

/// Small frames are sent with pauses, so that a target reads each piece by itself.
fn pieces(frame: Frame, size: usize) -> Talk {
    let small = frame.payload.len() < 130;
    let pause = if small { Duration::from_millis(1) } else { Duration::ZERO };
    Talk::new().act(Act::Pieces(vec![frame], size, pause))
}

/// Lengths that fit into a shorter form than they are written in.
const LONG_FORMS: [(usize, LengthForm, &str); 7] = [
    (0, LengthForm::Sixteen, "16"),
    (1, LengthForm::Sixteen, "16"),
    (125, LengthForm::Sixteen, "16"),
    (0, LengthForm::SixtyFour, "64"),
    (125, LengthForm::SixtyFour, "64"),
    (126, LengthForm::SixtyFour, "64"),
    (65_535, LengthForm::SixtyFour, "64"),
];

fn long_forms() -> Vec<Case> {
    let case = |(at, (length, form, bits)): (usize, (usize, LengthForm, &str))| {
        Case::new(
            format!("frames.length-{length}-in-{bits}-bits"),
            format!("a length of {length} written in {bits} bits is refused"),
            &["frames.length-form"],
            leniency(at),
            move || Talk::new().send(Frame::text(text(length)).length_form(form)).fails(),
        )
    };
    LONG_FORMS.into_iter().enumerate().map(case).collect()
}

/// Opcode, its name, and a length whose highest bit is set.
const NEGATIVE: [(Opcode, &str, u64, &str); 5] = [
    (Opcode::Text, "text", 1 << 63, "its highest bit alone"),
    (Opcode::Text, "text", u64::MAX, "all bits"),
    (Opcode::Text, "text", (1 << 63) | 5, "its highest bit and 5"),
    (Opcode::Binary, "binary", 1 << 63, "its highest bit alone"),
    (Opcode::Binary, "binary", u64::MAX, "all bits"),
];

fn highest_bit() -> Vec<Case> {
    let case = |(at, (opcode, kind, length, words)): (usize, (Opcode, &'static str, u64, &'static str))| {
        Case::new(
            format!("frames.{kind}-length-{length:x}"),
            format!("a {kind} frame whose 64-bit length has {words} set is refused by its header alone"),
            &["frames.length-bit"],
            if at % 2 == 0 { Spoil::Kept } else { Spoil::MaskedClose },
            move || Talk::new().act(Act::Head(Frame::new(opcode, Vec::new()), length)).fails(),
        )
    };
    NEGATIVE.into_iter().enumerate().map(case).collect()
}

/// Lengths nobody can hold, announced by a header whose payload never comes.
const HUGE: [(u64, &str); 4] = [
    ((1 << 63) - 1, "of 2^63 - 1 octets"),
    (1 << 62, "of 2^62 octets"),
    (1 << 53, "of 2^53 octets"),
    (1 << 40, "of 1 TiB"),
];

fn announced() -> Vec<Case> {
    let case = |(at, (length, words)): (usize, (u64, &str))| {
        Case::new(
            format!("frames.announced-{length:x}"),
            format!("a frame {words} is refused by its header alone"),
            &["frames.announced-length"],
            if at % 2 == 0 { Spoil::MaskedClose } else { Spoil::Kept },
            move || Talk::new().act(Act::Head(Frame::binary(Vec::new()), length)).fails(),
        )
    };
    HUGE.into_iter().enumerate().map(case).collect()
}
