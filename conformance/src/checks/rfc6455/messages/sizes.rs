//! Large messages: whole, in fragments, in pieces. How large a message may be is the server's choice (RFC 6455
//! §10.4), so all of this is MAY: a server that refuses says so with 1009 or in its documents.

use std::time::Duration;

use crate::peer::{Frame, Message, Opcode};

use super::ear::patience;
use super::payload::{named, named_octets, octets, text};
use super::talk::{Talk, fragments};
use super::{Case, Spoil};

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

pub(super) fn cases() -> Vec<Case> {
    [whole(), in_fragments(), in_pieces()].concat()
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
