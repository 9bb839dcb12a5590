//! Large messages: whole, in fragments, in pieces. How large a message may be is the server's choice (RFC 6455
//! §10.4), so that they come back is MAY: a server that refuses says so with 1009 or in its documents. What it does
//! not refuse comes back as it was: that is a MUST, of rows of its own.

use std::time::Duration;

use crate::peer::{Frame, Message, Opcode};

use super::ear::patience;
use super::payload::{named, named_octets, octets, text};
use super::talk::{Talk, fragments};
use super::{Case, Spoil};

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

pub(super) fn cases() -> Vec<Case> {
    [whole(), in_fragments(), in_pieces(), unaltered()].concat()
}

/// `1048576` as "1-mib", "1 MiB".
fn size(octets: usize) -> (String, String) {
    let (number, unit) = match octets {
        octets if octets >= MIB => (octets / MIB, "MiB"),
        octets if octets >= KIB => (octets / KIB, "KiB"),
        octets => (octets, "octets"),
    };
    (format!("{number}-{}", unit.to_ascii_lowercase()), format!("{number} {unit}"))
}

fn mib(octets: usize) -> u32 {
    octets.div_ceil(MIB) as u32
}

/// Ways a size can be too much.
fn strain(at: usize) -> Spoil {
    [Spoil::TooBig, Spoil::Flip, Spoil::Cut][at % 3]
}

fn whole() -> Vec<Case> {
    let sizes = [64 * KIB + 1, 256 * KIB, MIB, 4 * MIB, 8 * MIB, 16 * MIB];
    let both = |(at, length): (usize, usize)| {
        let (slug, words) =
            if at == 0 { ("65537".to_owned(), "65,537 octets".to_owned()) } else { size(length) };
        [
            Case::new(
                format!("messages.text-{slug}"),
                format!("text of {words} in one frame comes back"),
                &["messages.sizes"],
                strain(at),
                move || Talk::new().text(text(length)).patience(patience(length)),
            )
            .weight(mib(length)),
            Case::new(
                format!("messages.binary-{slug}"),
                format!("binary of {words} in one frame comes back"),
                &["messages.sizes"],
                strain(at + 1),
                move || Talk::new().binary(octets(length)).patience(patience(length)),
            )
            .weight(mib(length)),
        ]
    };
    sizes.into_iter().enumerate().flat_map(both).collect()
}

/// 4 MiB in fragments of this size.
const FRAGMENTS: [usize; 9] = [64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB];

fn in_fragments() -> Vec<Case> {
    let both = |(at, part): (usize, usize)| {
        let (slug, words) = size(part);
        let mark = format!("fragments of {words} ");
        let other = mark.clone();
        let time = Duration::from_secs(4);
        [
            Case::new(
                format!("messages.text-4-mib-by-{slug}"),
                format!("text of 4 MiB in fragments of {words} comes back"),
                &["messages.fragmented-sizes"],
                strain(at),
                move || {
                    let payload = named(&mark, 4 * MIB);
                    let frames = fragments(Opcode::Text, &payload, part);
                    Talk::new().pieces(frames, 64 * KIB).echo_text(payload).patience(time)
                },
            )
            .weight(5),
            Case::new(
                format!("messages.binary-4-mib-by-{slug}"),
                format!("binary of 4 MiB in fragments of {words} comes back"),
                &["messages.fragmented-sizes"],
                strain(at + 1),
                move || {
                    let payload = named_octets(&other, 4 * MIB);
                    let frames = fragments(Opcode::Binary, &payload, part);
                    Talk::new().pieces(frames, 64 * KIB).echo(Message::Binary(payload)).patience(time)
                },
            )
            .weight(5),
        ]
    };
    FRAGMENTS.into_iter().enumerate().flat_map(both).collect()
}

/// 1 MiB in one frame, in writes of this size.
const PIECES: [usize; 6] = [64, 128, 256, 512, KIB, 2 * KIB];

fn in_pieces() -> Vec<Case> {
    let both = |(at, piece): (usize, usize)| {
        let mark = format!("pieces of {piece} ");
        let other = mark.clone();
        let time = Duration::from_secs(4);
        [
            Case::new(
                format!("messages.text-1-mib-in-pieces-of-{piece}"),
                format!("text of 1 MiB that comes {piece} octets at a time comes back"),
                &["messages.sizes-in-pieces"],
                strain(at),
                move || {
                    let payload = named(&mark, MIB);
                    Talk::new()
                        .pieces([Frame::text(payload.clone())], piece)
                        .echo_text(payload)
                        .patience(time)
                },
            )
            .weight(1),
            Case::new(
                format!("messages.binary-1-mib-in-pieces-of-{piece}"),
                format!("binary of 1 MiB that comes {piece} octets at a time comes back"),
                &["messages.sizes-in-pieces"],
                strain(at + 1),
                move || {
                    let payload = named_octets(&other, MIB);
                    Talk::new()
                        .pieces([Frame::binary(payload.clone())], piece)
                        .echo(Message::Binary(payload))
                        .patience(time)
                },
            )
            .weight(1),
        ]
    };
    PIECES.into_iter().enumerate().flat_map(both).collect()
}

/// A size, a kind and how it is sent: what comes back is what was sent, or nothing comes back.
fn unaltered() -> Vec<Case> {
    let whole = [64 * KIB + 1, 256 * KIB, MIB, 4 * MIB, 16 * MIB];
    let of_whole = whole.into_iter().enumerate().flat_map(|(at, length)| {
        let (slug, words) =
            if at == 0 { ("65537".to_owned(), "65,537 octets".to_owned()) } else { size(length) };
        [Opcode::Text, Opcode::Binary].map(|kind| {
            let mark = format!("as it was: {slug} ");
            let sent = move |frame| (vec![frame], 64 * KIB);
            let name = (format!("{kind}-{slug}"), format!("{kind} of {words} in one frame"));
            intact(at, name, kind, mark, length, sent)
        })
    });
    let of_fragments = FRAGMENTS.into_iter().enumerate().map(|(at, part)| {
        let (slug, words) = size(part);
        let kind = if at % 2 == 0 { Opcode::Text } else { Opcode::Binary };
        let mark = format!("as it was, in fragments of {words} ");
        let name = (format!("{kind}-4-mib-by-{slug}"), format!("{kind} of 4 MiB in fragments of {words}"));
        intact(at, name, kind, mark, 4 * MIB, move |frame| {
            (fragments(frame.opcode, &frame.payload, part), 64 * KIB)
        })
    });
    let of_pieces = PIECES.into_iter().enumerate().map(|(at, piece)| {
        let kind = if at % 2 == 0 { Opcode::Binary } else { Opcode::Text };
        let mark = format!("as it was, in pieces of {piece} ");
        let name = (
            format!("{kind}-1-mib-in-pieces-of-{piece}"),
            format!("{kind} of 1 MiB that comes {piece} octets at a time"),
        );
        intact(at, name, kind, mark, MIB, move |frame| (vec![frame], piece))
    });
    of_whole.chain(of_fragments).chain(of_pieces).collect()
}

/// Ways to alter a message.
fn alteration(at: usize, kind: Opcode) -> Spoil {
    match at % 4 {
        0 => Spoil::Flip,
        1 => Spoil::Twice,
        // What is no text can't come back as text.
        2 if kind == Opcode::Text => Spoil::Retyped,
        3 if kind == Opcode::Text => Spoil::RefusedText,
        _ => Spoil::Cut,
    }
}

/// A row; `cut` gives the frames of a message, and in writes of how many octets they are sent.
fn intact(
    at: usize,
    (slug, words): (String, String),
    kind: Opcode,
    mark: String,
    length: usize,
    cut: impl Fn(Frame) -> (Vec<Frame>, usize) + Send + Sync + 'static,
) -> Case {
    Case::new(
        format!("messages.{slug}-as-it-was"),
        format!("{words} comes back as it was, or is refused as too large"),
        &["messages.unaltered"],
        alteration(at, kind),
        move || {
            let (payload, echo): (_, fn(Vec<u8>) -> Message) = match kind {
                Opcode::Text => (named(&mark, length), |payload| {
                    Message::Text(String::from_utf8_lossy(&payload).into_owned())
                }),
                _ => (named_octets(&mark, length), Message::Binary),
            };
            let (frames, size) = cut(Frame::new(kind, payload.clone()));
            // How long it takes is for the rows that want it to come.
            let time = patience(length) * 2;
            Talk::new().pieces(frames, size).echo(echo(payload)).patience(time).or_too_large()
        },
    )
    .weight(mib(length) + 1)
}
