//! Messages that a client must read whole and give back: lengths, fragments, chops, characters.

use std::sync::LazyLock;

use crate::checks::{Check, ReasonCode, Step, fail};
use crate::client::Stage;
use crate::client::link::Heard;
use crate::peer::{Frame, Message};

/// A message that must come back.
#[derive(Debug)]
pub(crate) struct Case {
    /// Id of the check.
    pub(crate) id: String,
    title: String,
    requirements: [&'static str; 1],
    frames: Vec<Frame>,
    /// Octets of one write; all at once without it.
    chop: Option<usize>,
    /// What must come back.
    pub(crate) message: Message,
}

/// All of them.
pub(crate) static CASES: LazyLock<Vec<Case>> =
    LazyLock::new(|| [lengths(), chops(), characters(), fragments()].into_iter().flatten().collect());

/// Lengths at both sides of every boundary of the three length forms (RFC 6455 §5.2).
const LENGTHS: [usize; 11] = [0, 1, 2, 125, 126, 127, 128, 65_535, 65_536, 65_537, 200_000];

fn lengths() -> Vec<Case> {
    let case = |kind: &str, length: usize, frame: Frame, message: Message| Case {
        id: format!("client-wire.{kind}-of-{length}"),
        title: format!("A {kind} message of {length} octets comes back whole"),
        requirements: ["client-wire.lengths"],
        frames: vec![frame],
        chop: None,
        message,
    };
    let mut cases = Vec::new();
    for length in LENGTHS {
        let text = "t".repeat(length);
        cases.push(case("text", length, Frame::text(text.clone()), Message::Text(text)));
    }
    for length in LENGTHS {
        let bytes: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
        cases.push(case("binary", length, Frame::binary(bytes.clone()), Message::Binary(bytes)));
    }
    cases
}

fn chops() -> Vec<Case> {
    let case = |chop: usize, length: usize| {
        let text = "c".repeat(length);
        Case {
            id: format!("client-wire.chops-of-{chop}"),
            title: format!(
                "A message of {length} octets that arrives {chop} octets at a time is one message"
            ),
            requirements: ["client-wire.chops"],
            frames: vec![Frame::text(text.clone())],
            chop: Some(chop),
            message: Message::Text(text),
        }
    };
    vec![case(1, 150), case(64, 70_000), case(997, 66_000)]
}

fn characters() -> Vec<Case> {
    [
        ("two-octet-characters", "the first and last characters of two octets", "\u{80}\u{7ff}é"),
        (
            "three-octet-characters",
            "the first and last characters of three octets",
            "\u{800}\u{d7ff}\u{e000}\u{ffff}",
        ),
        ("four-octet-characters", "the first and last characters of four octets", "\u{10000}\u{10ffff}🌊"),
        ("null-characters", "characters that end strings elsewhere", "a\u{0}b\u{7f}c"),
    ]
    .into_iter()
    .map(|(slug, what, text)| Case {
        id: format!("client-wire.{slug}"),
        title: format!("Text with {what} comes back unchanged"),
        requirements: ["client-wire.characters"],
        frames: vec![Frame::text(text)],
        chop: None,
        message: Message::Text(text.to_owned()),
    })
    .collect()
}

/// Text in fragments: the first is a text frame, the last is final.
fn text_in(parts: &[&[u8]]) -> Vec<Frame> {
    let last = parts.len() - 1;
    let frame = |(at, part): (usize, &&[u8])| {
        let frame = if at == 0 { Frame::text(*part) } else { Frame::continuation(*part) };
        if at == last { frame } else { frame.more() }
    };
    parts.iter().enumerate().map(frame).collect()
}

fn fragments() -> Vec<Case> {
    let text = |slug: &str, what: &str, frames: Vec<Frame>| {
        let joined: Vec<u8> = frames
            .iter()
            .filter(|frame| !frame.opcode.is_control())
            .flat_map(|frame| frame.payload.clone())
            .collect();
        Case {
            id: format!("client-wire.{slug}"),
            title: format!("{what} is one message"),
            requirements: ["client-wire.fragments"],
            frames,
            chop: None,
            message: Message::Text(String::from_utf8_lossy(&joined).into_owned()),
        }
    };
    let octets: Vec<[u8; 1]> = "octet by octet".bytes().map(|octet| [octet]).collect();
    let octets: Vec<&[u8]> = octets.iter().map(<[u8; 1]>::as_slice).collect();
    let mut with_ping = text_in(&[b"before the ping, ", b"behind it"]);
    with_ping.insert(1, Frame::ping("between"));
    let mut with_pong = text_in(&[b"before the pong, ", b"behind it"]);
    with_pong.insert(1, Frame::pong("unasked"));
    let mut cases = vec![
        text("two-fragments", "Text in two fragments", text_in(&[b"half ", b"and half"])),
        text(
            "first-fragment-empty",
            "Text whose first fragment is empty",
            text_in(&[b"", b"second to be full"]),
        ),
        text(
            "middle-fragment-empty",
            "Text with an empty fragment inside",
            text_in(&[b"left", b"", b"right"]),
        ),
        text("last-fragment-empty", "Text whose last fragment is empty", text_in(&[b"nothing follows", b""])),
        text("all-fragments-empty", "Text of three empty fragments", text_in(&[b"", b"", b""])),
        text("fragments-of-one", "Text in fragments of one octet", text_in(&octets)),
        text(
            "fragments-cut-a-character",
            "Text whose fragments cut a character",
            text_in(&[b"gr\xc3", b"\xb6\xc3\x9f", b"er"]),
        ),
        text("ping-between-fragments", "Text with a ping between its fragments", with_ping),
        text("pong-between-fragments", "Text with an unasked pong between its fragments", with_pong),
    ];
    cases.push(Case {
        id: "client-wire.binary-fragments".to_owned(),
        title: "A binary message in three fragments is one message".to_owned(),
        requirements: ["client-wire.fragments"],
        frames: vec![
            Frame::binary([1, 2, 3]).more(),
            Frame::continuation([0xff, 0xfe]).more(),
            Frame::continuation([0]),
        ],
        chop: None,
        message: Message::Binary(vec![1, 2, 3, 0xff, 0xfe, 0]),
    });
    cases
}

pub(super) fn checks() -> Vec<Check> {
    let check = |case: &'static Case| {
        Check::client(&case.id, &case.title, &case.requirements, move |stage| play(stage, case))
    };
    CASES.iter().map(check).collect()
}

/// Sends the case's frames; the same message must come back, of the same kind, once.
async fn play(mut stage: Stage, case: &'static Case) -> Step {
    let mut link = stage.echo().await?;
    match case.chop {
        None => {
            for frame in &case.frames {
                link.send_frame(frame).await;
            }
        }
        Some(chop) => {
            for frame in &case.frames {
                for piece in frame.encode().chunks(chop) {
                    link.send_bytes(piece).await;
                }
            }
        }
    }
    let soon = stage.soon();
    let echo = stage.while_alive(link.expect_with("the message back", soon, data)).await?;
    same(&echo, &case.message)
}

/// The data message of what was heard.
pub(super) fn data(heard: &Heard) -> Option<Message> {
    match heard {
        Heard::Message(message @ (Message::Text(_) | Message::Binary(_))) => Some(message.clone()),
        _ => None,
    }
}

/// Judges an echo.
pub(super) fn same(echo: &Message, sent: &Message) -> Step {
    match (echo, sent) {
        (echo, sent) if echo == sent => Ok(()),
        (Message::Text(_), Message::Binary(_)) | (Message::Binary(_), Message::Text(_)) => {
            fail(ReasonCode::WrongType, sent.to_string(), echo.to_string())
        }
        _ => fail(ReasonCode::WrongValue, sized(sent), sized(echo)),
    }
}

/// A message in words, with its length.
pub(super) fn sized(message: &Message) -> String {
    let length = match message {
        Message::Text(text) => text.len(),
        Message::Binary(bytes) => bytes.len(),
        _ => 0,
    };
    let mut text = message.to_string();
    if let Some((at, _)) = text.char_indices().nth(60) {
        text.truncate(at);
        text.push('…');
    }
    format!("{length} octets: {text}")
}
