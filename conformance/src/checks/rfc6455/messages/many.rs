//! Many messages on one connection: all come back, in order.

use crate::peer::{Frame, Message};

use super::payload::{named, named_octets};
use super::talk::{Act, Talk};
use super::{Case, Spoil};

/// How many messages.
const COUNT: usize = 1_000;
/// How many of them may be on their way: enough to bear a slow network, few enough for any buffer.
const ON_THE_WAY: usize = 32;
/// Octets of a message.
const LENGTHS: [usize; 6] = [0, 16, 64, 256, 1_024, 4_096];

pub(super) fn cases() -> Vec<Case> {
    let both = |(at, length): (usize, usize)| {
        let damage = [Spoil::Flip, Spoil::Cut][at % 2];
        let spoil = if length == 0 { Spoil::Retyped } else { damage };
        [
            Case::new(
                format!("messages.thousand-texts-of-{length}"),
                format!("a thousand texts of {length} octets come back in order"),
                &["messages.many"],
                spoil,
                move || texts(COUNT, length, ON_THE_WAY),
            ),
            Case::new(
                format!("messages.thousand-binaries-of-{length}"),
                format!("a thousand binary messages of {length} octets come back in order"),
                &["messages.many"],
                spoil,
                move || {
                    let payloads: Vec<Vec<u8>> =
                        (0..COUNT).map(|at| named_octets(&format!("{at} "), length)).collect();
                    let frames = payloads.iter().map(|payload| Frame::binary(payload.clone())).collect();
                    let talk = Talk::new().act(Act::Conveyor(frames, ON_THE_WAY));
                    payloads.into_iter().fold(talk, |talk, payload| talk.echo(Message::Binary(payload)))
                },
            ),
        ]
    };
    let mut cases: Vec<Case> = LENGTHS.into_iter().enumerate().flat_map(both).collect();
    cases.push(Case::new(
        "messages.in-one-packet",
        "a hundred messages in one packet come back in order",
        &["messages.many"],
        Spoil::Cut,
        || {
            let payloads: Vec<Vec<u8>> = (0..100).map(|at| named(&format!("packet {at} "), 24)).collect();
            let frames: Vec<Frame> = payloads.iter().map(|payload| Frame::text(payload.clone())).collect();
            let talk = Talk::new().pieces(frames, 1 << 16);
            payloads.into_iter().fold(talk, Talk::echo_text)
        },
    ));
    cases.push(Case::new(
        "messages.kinds-in-turn",
        "text and binary in turn come back as what they were",
        &["messages.many"],
        Spoil::Retyped,
        || {
            (0..20)
                .fold(Talk::new(), |talk, at| talk.text(format!("text {at}")).binary(format!("binary {at}")))
        },
    ));
    cases
}

fn texts(count: usize, length: usize, most: usize) -> Talk {
    let payloads: Vec<Vec<u8>> = (0..count).map(|at| named(&format!("{at} "), length)).collect();
    let frames = payloads.iter().map(|payload| Frame::text(payload.clone())).collect();
    let talk = Talk::new().act(Act::Conveyor(frames, most));
    payloads.into_iter().fold(talk, Talk::echo_text)
}
