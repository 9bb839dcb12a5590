//! Mistakes beside compressed messages: control frames, closing, order.

use crate::checks::ReasonCode;
use crate::checks::rfc7692::connection::COMPRESSED;
use crate::mutants::{Action, Fault, FrameAction, Mutant, Out, edit};
use crate::peer::{Frame, Message, Opcode};

use super::wire::Reader;

pub(super) fn mutants() -> Vec<Mutant> {
    [messages(), ends()].concat()
}

fn messages() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "deflate.ping-waits",
            "a ping waits for the end of a compressed message",
            "deflate.ping-between-fragments",
            ReasonCode::Missing,
            || {
                let (mut inside, mut waiting) = (false, Vec::new());
                edit::client_frames(move |frame| {
                    if !frame.opcode.is_control() {
                        inside = !frame.fin && (inside || frame.rsv & COMPRESSED != 0);
                    }
                    if inside && frame.payload == b"in the middle" {
                        waiting = frame.encode();
                        return Some(Vec::new());
                    }
                    let late = if inside { Vec::new() } else { std::mem::take(&mut waiting) };
                    Some([frame.encode(), late].concat())
                })
            },
        ),
        Mutant::wire(
            "deflate.pings-in-message",
            "pings between frames spoil a compressed message",
            "deflate.pings-between-all-fragments",
            ReasonCode::WrongValue,
            || Garbled { size: 1_501, server: Reader::new(false) },
        ),
        Mutant::wire(
            "deflate.ping-decompressed",
            "the payload of a ping that looks compressed is decompressed",
            "deflate.ping-that-looks-compressed",
            ReasonCode::WrongValue,
            || {
                edit::server_messages(|message| match message {
                    Message::Pong(payload) if payload.starts_with(&[0xf2, 0x48]) => {
                        Action::replace(Message::Pong(b"Hello".to_vec()))
                    }
                    _ => Action::Pass,
                })
            },
        ),
        Mutant::wire(
            "deflate.close-marked",
            "close frames are marked as compressed",
            "deflate.close-as-it-is",
            ReasonCode::Malformed,
            || {
                edit::server_frames(|frame| {
                    let ours = frame.opcode == Opcode::Close
                        && frame.close_parts().is_some_and(|(code, _)| code == 4_001);
                    ours.then(|| frame.clone().rsv(COMPRESSED).encode())
                })
            },
        ),
    ]
}

fn ends() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "deflate.half-message-delivered",
            "what came of a message before a close is delivered",
            "deflate.close-between-fragments",
            ReasonCode::Unexpected,
            || HalfDelivered { inside: false },
        ),
        Mutant::wire(
            "deflate.message-before-close-cut",
            "a close cuts the compressed message before it",
            "deflate.close-after-message",
            ReasonCode::WrongValue,
            || Garbled { size: 1_504, server: Reader::new(false) },
        ),
        Mutant::wire(
            "deflate.one-of-mixed-lost",
            "one message among compressed and other ones is lost",
            "deflate.mixed-messages",
            ReasonCode::WrongType,
            || Swallowed { size: 704, server: Reader::new(false) },
        ),
        Mutant::wire(
            "deflate.goes-on-after-failure",
            "a message behind broken data is answered before the connection fails",
            "deflate.nothing-after-failure",
            ReasonCode::Unexpected,
            || {
                let mut broken = Vec::new();
                edit::client_frames(move |frame| {
                    if frame.payload == [0x07, 0x00] {
                        broken = frame.encode();
                        return Some(Vec::new());
                    }
                    let behind = std::mem::take(&mut broken);
                    (frame.payload == b"behind broken data").then(|| [frame.encode(), behind].concat())
                })
            },
        ),
        Mutant::wire(
            "deflate.much-cut",
            "a message that becomes a thousand times as large is spoilt",
            "deflate.much-of-little",
            ReasonCode::WrongValue,
            || Garbled { size: 258 * 500 + 1, server: Reader::new(false) },
        ),
    ]
}

/// Echoes of one size lose their last octet.
struct Garbled {
    size: usize,
    server: Reader,
}

impl Fault for Garbled {
    fn on_server_frame(&mut self, frame: &Frame) -> FrameAction {
        match self.server.push(frame) {
            Some(read) => {
                let mut plain = read.message.to_frame();
                if plain.payload.len() != self.size {
                    return FrameAction::Pass;
                }
                plain.payload.truncate(self.size - 1);
                FrameAction::Bytes(plain.encode())
            }
            None => FrameAction::Pass,
        }
    }
}

/// Echoes of one size don't come.
struct Swallowed {
    size: usize,
    server: Reader,
}

impl Fault for Swallowed {
    fn on_server_frame(&mut self, frame: &Frame) -> FrameAction {
        let read = self.server.push(frame);
        let ours = read.is_some_and(|read| read.message.to_frame().payload.len() == self.size);
        if ours { FrameAction::Bytes(Vec::new()) } else { FrameAction::Pass }
    }
}

/// A close inside a compressed message brings half of the message.
struct HalfDelivered {
    inside: bool,
}

impl Fault for HalfDelivered {
    fn watches_client(&self) -> bool {
        true
    }

    fn on_client_frame(&mut self, frame: &Frame) -> FrameAction {
        if !frame.opcode.is_control() {
            self.inside = !frame.fin && (self.inside || frame.rsv & COMPRESSED != 0);
        }
        FrameAction::Bytes(frame.encode())
    }

    fn on_server_message(&mut self, message: &Message) -> Action {
        match message {
            Message::Close(_) if self.inside => {
                let half = Message::Text("half a message".to_owned());
                Action::Do(vec![Out::Client(half), Out::Client(message.clone())])
            }
            _ => Action::Pass,
        }
    }
}
