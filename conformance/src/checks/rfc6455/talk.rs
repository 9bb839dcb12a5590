//! What a case says, what it must hear, and how it must end.

use std::time::Duration;

use crate::peer::{Frame, Message, Opcode};

/// The masking key of frames that are sent in parts.
pub(crate) const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// One thing done, in order.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// A frame, masked with a fresh key unless it has one.
    Send(Frame),
    /// A frame exactly as it is.
    Bare(Frame),
    /// Frames end to end in writes of so many octets, with a pause between two writes.
    Pieces(Vec<Frame>, usize, Duration),
    /// The header of a masked frame and the first octets of its payload.
    Part(Frame, usize),
    /// The same, one octet at a time.
    Drip(Frame, usize),
    /// Nothing for a moment, so that the target reads what was sent by itself.
    Pause(Duration),
    /// What is left of the frame before.
    Rest,
    /// Frames one after the other, at most so many of them not yet echoed.
    Conveyor(Vec<Frame>, usize),
    /// Bytes that are no frame.
    Bytes(Vec<u8>),
    /// The header of a frame that announces so many octets, which never come.
    Head(Frame, u64),
    /// This must be heard before anything more is said.
    Hear(Message),
    /// The target's close frame, or the end of TCP, must be heard before anything more is said.
    HearClose,
    /// Nothing more is sent on this TCP connection.
    HalfClose,
}

/// How it must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The connection goes on.
    Open,
    /// The connection is failed: no further answer, and either a close frame with one of these codes, or, when
    /// there is no code here, any end.
    Failed(&'static [u16]),
    /// The close frame that was sent is answered by one with a code that is (`true`) or is not (`false`) among
    /// these, and TCP ends.
    Closed(bool, &'static [u16]),
    /// The connection is failed, and TCP ends too.
    Ended,
    /// Either the connection goes on, or what was sent is refused for its size: by any end of the connection but
    /// a close frame that calls it broken.
    OpenOrTooLarge,
}

/// What is said, what must be heard, and how it must end.
#[derive(Debug, Clone)]
pub(crate) struct Talk {
    /// What is done.
    pub(crate) acts: Vec<Act>,
    /// Messages that must come, in this order.
    pub(super) echoes: Vec<Message>,
    /// Payloads of pongs that must come, in this order; of several pings that were sent without waiting only
    /// the last must be answered (§5.5.3).
    pub(super) pongs: Vec<Vec<u8>>,
    /// A pong that must not come.
    pub(super) unwanted: Option<Vec<u8>>,
    /// Code of the close frame that is a violation: an answer with it takes that frame for a good one.
    pub(super) untaken: Option<u16>,
    /// How it must end.
    pub(super) end: End,
    /// The echoes may come or not.
    pub(super) optional: bool,
    /// Time for each answer.
    pub(super) patience: Duration,
}

impl Talk {
    /// Nothing yet; the connection must stay open.
    pub(super) fn new() -> Self {
        Self {
            acts: Vec::new(),
            echoes: Vec::new(),
            pongs: Vec::new(),
            unwanted: None,
            untaken: None,
            end: End::Open,
            optional: false,
            patience: Duration::from_millis(1_500),
        }
    }

    /// A text message in one frame, and its echo.
    pub(super) fn text(self, text: impl Into<Vec<u8>>) -> Self {
        let text = text.into();
        self.send(Frame::text(text.clone())).echo_text(text)
    }

    /// A binary message in one frame, and its echo.
    pub(super) fn binary(self, bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        self.send(Frame::binary(bytes.clone())).echo(Message::Binary(bytes))
    }

    /// A ping, and its pong.
    pub(super) fn ping(self, payload: impl Into<Vec<u8>>) -> Self {
        let payload = payload.into();
        self.send(Frame::ping(payload.clone())).pong(payload)
    }

    /// Sends a frame.
    pub(super) fn send(self, frame: Frame) -> Self {
        self.act(Act::Send(frame))
    }

    /// Sends frames one after the other.
    pub(super) fn send_all(mut self, frames: impl IntoIterator<Item = Frame>) -> Self {
        self.acts.extend(frames.into_iter().map(Act::Send));
        self
    }

    /// Sends frames end to end in writes of `size` octets.
    pub(super) fn pieces(self, frames: impl IntoIterator<Item = Frame>, size: usize) -> Self {
        self.act(Act::Pieces(frames.into_iter().collect(), size, Duration::ZERO))
    }

    /// Does something.
    pub(super) fn act(mut self, act: Act) -> Self {
        self.acts.push(act);
        self
    }

    /// A message that must come.
    pub(super) fn echo(mut self, message: Message) -> Self {
        self.echoes.push(message);
        self
    }

    /// Text that must come.
    pub(super) fn echo_text(self, text: impl Into<Vec<u8>>) -> Self {
        // Every table gives UTF-8 here; were it not, the echo would never be equal and the case fail.
        self.echo(Message::Text(String::from_utf8_lossy(&text.into()).into_owned()))
    }

    /// A pong that must come.
    pub(super) fn pong(mut self, payload: impl Into<Vec<u8>>) -> Self {
        self.pongs.push(payload.into());
        self
    }

    /// A message that must come before anything more is said.
    pub(super) fn hear(mut self, message: Message) -> Self {
        match &message {
            Message::Pong(payload) => self.pongs.push(payload.clone()),
            other => self.echoes.push(other.clone()),
        }
        self.act(Act::Hear(message))
    }

    /// A pong that must not come.
    pub(super) fn unwanted_pong(mut self, payload: impl Into<Vec<u8>>) -> Self {
        self.unwanted = Some(payload.into());
        self
    }

    /// The connection must be failed, one way or another.
    pub(super) fn fails(mut self) -> Self {
        self.end = End::Failed(&[]);
        self
    }

    /// The same, and a close frame with `code`, which the violation has, takes it for a close frame like any other.
    pub(super) fn fails_untaken(self, code: u16) -> Self {
        Self { untaken: Some(code), ..self.fails() }
    }

    /// The connection must be failed with a close frame and one of these codes.
    pub(super) fn fails_with(mut self, codes: &'static [u16]) -> Self {
        self.end = End::Failed(codes);
        self
    }

    /// The close frame that was sent must be answered by one with one of these codes.
    pub(super) fn closes_with(mut self, codes: &'static [u16]) -> Self {
        self.end = End::Closed(true, codes);
        self
    }

    /// The close frame that was sent must be answered, not by one of these codes.
    pub(super) fn closes_without(mut self, codes: &'static [u16]) -> Self {
        self.end = End::Closed(false, codes);
        self
    }

    /// The connection must be failed, and its TCP must end.
    pub(super) fn ends_failed(mut self) -> Self {
        self.end = End::Ended;
        self
    }

    /// What was sent may be too large for the target.
    pub(super) fn or_too_large(mut self) -> Self {
        self.end = End::OpenOrTooLarge;
        self
    }

    /// The echoes may come or not.
    pub(super) fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Each answer may take this long.
    pub(super) fn patience(mut self, time: Duration) -> Self {
        self.patience = time;
        self
    }

    /// The frames that are sent before anything must be heard (`early`), or all of them; and the bytes of the
    /// one that never ends; each as `dressed` makes it. Pongs are left out of neither.
    pub(crate) fn said(&self, early: bool, dressed: impl Fn(&Frame) -> Frame) -> (Vec<Frame>, Vec<u8>) {
        let (mut frames, mut tail) = (Vec::new(), Vec::new());
        let mut parted = None;
        for act in &self.acts {
            match act {
                Act::Send(frame) => frames.push(dressed(frame)),
                Act::Bare(frame) => frames.push(frame.clone()),
                Act::Pieces(more, ..) => frames.extend(more.iter().map(&dressed)),
                // A slow machine gets no further than the first of them.
                Act::Conveyor(more, most) => frames.extend(more.iter().take(*most).map(&dressed)),
                Act::Part(frame, octets) | Act::Drip(frame, octets) => {
                    tail = beginning(&dressed(frame), *octets);
                    parted = Some(dressed(frame));
                }
                Act::Rest => {
                    tail.clear();
                    frames.extend(parted.take());
                }
                Act::Bytes(bytes) => tail.clone_from(bytes),
                Act::Head(frame, length) => tail = dressed(frame).encode_head(*length),
                Act::Hear(_) if early => break,
                // The target may have ended TCP before what is said behind its close frame arrives.
                Act::HearClose => break,
                Act::Hear(_) | Act::HalfClose | Act::Pause(_) => {}
            }
        }
        (frames, tail)
    }
}

/// The frame with a masking key, as a client has to send it.
pub(crate) fn masked(frame: &Frame) -> Frame {
    if frame.mask.is_some() { frame.clone() } else { frame.clone().masked(KEY) }
}

/// The frame without a masking key, as a server has to send it.
pub(crate) fn unmasked(frame: &Frame) -> Frame {
    Frame { mask: None, ..frame.clone() }
}

/// Header and first octets of the payload of a frame.
pub(super) fn beginning(frame: &Frame, octets: usize) -> Vec<u8> {
    let mut bytes = frame.encode();
    bytes.truncate(bytes.len() - frame.payload.len() + octets);
    bytes
}

/// `text` cut into fragments of `size` octets; the first frame is of kind `opcode`.
pub(super) fn fragments(opcode: Opcode, payload: &[u8], size: usize) -> Vec<Frame> {
    let count = payload.len().div_ceil(size).max(1);
    let mut frames: Vec<Frame> = payload
        .chunks(size)
        .enumerate()
        .map(|(at, chunk)| {
            let frame = Frame::new(if at == 0 { opcode } else { Opcode::Continuation }, chunk);
            if at + 1 < count { frame.more() } else { frame }
        })
        .collect();
    if frames.is_empty() {
        frames.push(Frame::new(opcode, Vec::new()));
    }
    frames
}
