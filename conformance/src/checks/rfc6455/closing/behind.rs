//! The order of closing: an answer, nothing behind it, the end of TCP.

use std::time::Duration;

use crate::peer::{Frame, Message, Opcode};

use super::talk::{Act, KEY, Talk};
use super::{Case, Spoil};

/// Time for a server to give up a client that does not answer its close frame.
const ALONE: Duration = Duration::from_secs(4);

pub(super) fn cases() -> Vec<Case> {
    [answered(), nothing_behind(), ended(), server_first()].concat()
}

fn close() -> Frame {
    Frame::close(1000, "").masked(KEY)
}

fn said(text: &str) -> Message {
    Message::Text(text.to_owned())
}

fn answered() -> Vec<Case> {
    vec![
        Case::new(
            "closing.after-text",
            "a close frame behind an answered message is answered, and TCP ends",
            &["closing.answered"],
            Spoil::CloseLost,
            || {
                let text = "the last message";
                Talk::new().send(Frame::text(text)).hear(said(text)).send(close()).closes_with(&[])
            },
        ),
        Case::new(
            "closing.at-once",
            "a close frame that is the first frame of all is answered",
            &["closing.answered"],
            Spoil::NoClose,
            || Talk::new().send(Frame::close(1000, "first")).closes_with(&[]),
        ),
        Case::new(
            "closing.in-octets",
            "a close frame that TCP brings in single octets is answered",
            &["closing.answered"],
            Spoil::CloseLost,
            || {
                let pause = Duration::from_millis(1);
                let frames = vec![Frame::close(1000, "in octets")];
                Talk::new().act(Act::Pieces(frames, 1, pause)).closes_with(&[])
            },
        ),
        Case::new(
            "closing.tcp-ends",
            "when both close frames are sent the server ends TCP",
            &["closing.tcp-ends"],
            Spoil::TcpKept,
            || Talk::new().send(Frame::close(1000, "and then TCP")).closes_with(&[]),
        ),
        Case::new(
            "closing.then-half-close",
            "a close frame with the end of the client's stream right behind it is answered",
            &["closing.answered"],
            Spoil::NoClose,
            || Talk::new().send(Frame::close(1000, "and FIN")).act(Act::HalfClose).closes_with(&[]),
        ),
    ]
}

/// What is sent behind a close frame, in one packet with it.
fn nothing_behind() -> Vec<Case> {
    let case = |slug: &str, words: &str, spoil, frames: fn() -> Vec<Frame>| {
        Case::new(
            format!("closing.{slug}-behind"),
            format!("{words} behind a close frame is not answered"),
            &["closing.nothing-behind"],
            spoil,
            move || Talk::new().unwanted_pong("behind").pieces(frames(), 1 << 16).closes_with(&[]),
        )
    };
    vec![
        case("close", "a second close frame", Spoil::Behind, || vec![close(), close()]),
        case("ping", "a ping", Spoil::PongEchoed, || vec![close(), Frame::ping("behind")]),
        case("text", "text", Spoil::Behind, || vec![close(), Frame::text("behind")]),
        case("binary", "binary", Spoil::Behind, || vec![close(), Frame::binary("behind")]),
        case("violation", "a violation", Spoil::Behind, || {
            vec![close(), Frame::new(Opcode::Reserved(3), Vec::new())]
        }),
        case("rest", "the rest of a message that was begun before it", Spoil::Behind, || {
            vec![Frame::text("begun ").more(), close(), Frame::continuation("and ended")]
        }),
        Case::new(
            "closing.behind-large",
            "a close frame behind 256 KiB is answered, and the ping behind it is not",
            &["closing.nothing-behind"],
            Spoil::PongEchoed,
            || {
                let large = super::super::payload::text(256 << 10);
                let frames =
                    [Frame::text(large.clone()), Frame::text("Hello World"), close(), Frame::ping("behind")];
                // What was received before the close frame may be answered or not.
                Talk::new()
                    .unwanted_pong("behind")
                    .pieces(frames, 1 << 16)
                    .echo_text(large)
                    .echo_text("Hello World")
                    .optional()
                    .closes_with(&[])
            },
        )
        .weight(1),
    ]
}

fn ended() -> Vec<Case> {
    vec![
        Case::new(
            "closing.half-close",
            "when the client's stream ends without a close frame the server ends TCP",
            &["closing.half-close"],
            Spoil::Kept,
            || {
                let text = "then FIN";
                Talk::new().send(Frame::text(text)).hear(said(text)).act(Act::HalfClose).fails()
            },
        ),
        Case::new(
            "closing.half-close-in-frame",
            "when the client's stream ends inside a frame the server ends TCP",
            &["closing.half-close"],
            Spoil::Kept,
            || {
                let frame = Frame::text("never whole, then FIN");
                Talk::new().act(Act::Part(frame, 8)).act(Act::HalfClose).fails()
            },
        ),
        Case::new(
            "closing.half-close-in-message",
            "when the client's stream ends between two fragments the server ends TCP",
            &["closing.half-close"],
            Spoil::Kept,
            || Talk::new().send(Frame::text("one fragment, then FIN").more()).act(Act::HalfClose).fails(),
        ),
        Case::new(
            "closing.after-violation",
            "after a violation the server ends TCP when its close frame is answered",
            &["closing.violation-ends-tcp"],
            Spoil::TcpKept,
            || {
                let bad = Frame::new(Opcode::Reserved(4), "violation, then close");
                Talk::new().send_all([bad, Frame::close(1002, "")]).ends_failed()
            },
        ),
    ]
}

/// The server closes first: because of a violation, as an echo has no other reason to.
fn server_first() -> Vec<Case> {
    let bad = |name: &str| Frame::new(Opcode::Reserved(3), name);
    vec![
        Case::new(
            "closing.server-first",
            "when the server has closed first and is answered it ends TCP",
            &["closing.violation-ends-tcp"],
            Spoil::TcpKept,
            move || {
                let answer = Frame::close(1002, "");
                Talk::new().send(bad("to be answered")).act(Act::HearClose).send(answer).ends_failed()
            },
        ),
        Case::new(
            "closing.server-first-for-text",
            "when the server has closed text that is not UTF-8 and is answered it ends TCP",
            &["closing.violation-ends-tcp"],
            Spoil::TcpKept,
            || {
                let text = Frame::text(b"\xff to be answered".as_slice());
                Talk::new().send(text).act(Act::HearClose).send(Frame::close(1007, "")).ends_failed()
            },
        ),
        Case::new(
            "closing.server-first-unanswered",
            "when the server has closed first and is never answered it ends TCP by itself",
            &["closing.unanswered"],
            Spoil::TcpKept,
            move || {
                let talk = Talk::new().send(bad("never to be answered")).act(Act::HearClose);
                talk.ends_failed().patience(ALONE)
            },
        ),
    ]
}
