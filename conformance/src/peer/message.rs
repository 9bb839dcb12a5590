//! Messages: what frames add up to.

use serde_json::Value;

use super::decoder::{FrameFault, judge};
use super::deflate::{Inflated, Inflater};
use super::frame::{Frame, Opcode};

/// A whole message or a control frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// UTF-8 text.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
    /// Ping with its payload.
    Ping(Vec<u8>),
    /// Pong with its payload.
    Pong(Vec<u8>),
    /// Close with code and reason; `None` when the payload was empty.
    Close(Option<(u16, String)>),
}

impl Message {
    /// A text message that holds `value`.
    pub fn json(value: &Value) -> Self {
        Self::Text(value.to_string())
    }

    /// The JSON of a text message.
    pub fn to_json(&self) -> Option<Value> {
        match self {
            Self::Text(text) => serde_json::from_str(text).ok(),
            _ => None,
        }
    }

    /// Octets of its payload.
    pub fn size(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) | Self::Ping(bytes) | Self::Pong(bytes) => bytes.len(),
            Self::Close(parts) => parts.as_ref().map_or(0, |(_, reason)| 2 + reason.len()),
        }
    }

    /// The message as one unmasked frame.
    pub fn to_frame(&self) -> Frame {
        match self {
            Self::Text(text) => Frame::text(text.as_bytes()),
            Self::Binary(bytes) => Frame::binary(bytes.clone()),
            Self::Ping(bytes) => Frame::ping(bytes.clone()),
            Self::Pong(bytes) => Frame::pong(bytes.clone()),
            Self::Close(Some((code, reason))) => Frame::close(*code, reason),
            Self::Close(None) => Frame::new(Opcode::Close, Vec::new()),
        }
    }

    /// Reads a control frame or an unfragmented data frame leniently.
    fn of(opcode: Opcode, payload: Vec<u8>) -> Result<Self, FrameFault> {
        Ok(match opcode {
            Opcode::Text => Self::Text(String::from_utf8(payload).map_err(|_| FrameFault::Utf8)?),
            Opcode::Binary => Self::Binary(payload),
            Opcode::Ping => Self::Ping(payload),
            Opcode::Pong => Self::Pong(payload),
            Opcode::Close => Self::Close(Frame::new(Opcode::Close, payload).close_parts()),
            Opcode::Continuation => return Err(FrameFault::Orphan),
            Opcode::Reserved(bits) => return Err(FrameFault::ReservedOpcode(bits)),
        })
    }
}

impl std::fmt::Display for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(&shorten(text, 300)),
            Self::Binary(bytes) => write!(f, "binary message of {} bytes", bytes.len()),
            Self::Ping(bytes) => write!(f, "ping of {} bytes", bytes.len()),
            Self::Pong(bytes) => write!(f, "pong of {} bytes", bytes.len()),
            Self::Close(Some((code, reason))) => write!(f, "close {code} {reason:?}"),
            Self::Close(None) => f.write_str("close without a code"),
        }
    }
}

/// `text`, cut after `limit` characters.
pub(crate) fn shorten(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((at, _)) => format!("{}… ({} bytes)", &text[..at], text.len()),
        None => text.to_owned(),
    }
}

/// Octets of a payload that are told, where it is no text, and characters where it is.
const TOLD: usize = 16;
const TOLD_OF_TEXT: usize = 60;

/// The beginning of a payload for people: text that can be shown in quotes, anything else in hexadecimal.
pub(crate) fn words(payload: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(payload)
        && !text.contains(|c: char| c.is_control() && !c.is_whitespace())
    {
        let start: String = text.chars().take(TOLD_OF_TEXT).collect();
        let more = if start.len() < text.len() { "…" } else { "" };
        return format!("{start:?}{more}");
    }
    let octets: Vec<String> = payload.iter().take(TOLD).map(|octet| format!("{octet:02x}")).collect();
    let more = if payload.len() > TOLD { " …" } else { "" };
    format!("{}{more}", octets.join(" "))
}

/// How a data message was written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shape {
    /// How many frames it had.
    pub frames: usize,
    /// Its payload before it was decompressed; `None` when it was not compressed.
    pub compressed: Option<Vec<u8>>,
    /// What the decompressor saw, without the message itself.
    pub inflated: Inflated,
}

/// RSV1, which marks the first frame of a compressed message (RFC 7692 §6).
pub(super) const COMPRESSED: u8 = 0b100;

/// Joins fragments into messages, strictly (RFC 6455 §5.4).
#[derive(Debug)]
pub struct Assembler {
    open: Option<(Opcode, Vec<u8>)>,
    max_message: u64,
    inflater: Option<Inflater>,
    is_compressed: bool,
    shape: Shape,
    shapes: Vec<Shape>,
}

impl Assembler {
    /// An assembler that holds messages of at most `max_message` bytes.
    pub fn new(max_message: u64) -> Self {
        Self {
            open: None,
            max_message,
            inflater: None,
            is_compressed: false,
            shape: Shape::default(),
            shapes: Vec::new(),
        }
    }

    /// The same for a connection on which compression was agreed.
    pub fn inflating(mut self, inflater: Option<Inflater>) -> Self {
        self.inflater = inflater;
        self
    }

    /// Octets of the message that is not complete.
    pub fn held(&self) -> usize {
        self.open.as_ref().map_or(0, |(_, payload)| payload.len())
    }

    /// How the data messages since the last call were written; only where compression was agreed.
    pub fn take_shapes(&mut self) -> Vec<Shape> {
        std::mem::take(&mut self.shapes)
    }

    /// Takes a frame from a server; gives a message when it completes one.
    pub fn push(&mut self, mut frame: Frame) -> Result<Option<Message>, FrameFault> {
        self.unmark(&mut frame);
        judge(&frame)?;
        self.join(frame)
    }

    /// Takes RSV1 off a frame that begins a message, where compression was agreed: it has its meaning there alone.
    pub fn unmark(&mut self, frame: &mut Frame) {
        let begins = matches!(frame.opcode, Opcode::Text | Opcode::Binary);
        if self.inflater.is_some() && begins {
            self.is_compressed = frame.rsv & COMPRESSED != 0;
            frame.rsv &= !COMPRESSED;
        }
    }

    /// Takes a frame from anybody without judging its header.
    pub fn join(&mut self, frame: Frame) -> Result<Option<Message>, FrameFault> {
        if frame.opcode.is_control() {
            return Message::of(frame.opcode, frame.payload).map(Some);
        }
        let (opcode, mut payload) = match (self.open.take(), frame.opcode) {
            (None, Opcode::Continuation) => return Err(FrameFault::Orphan),
            (Some(open), Opcode::Continuation) => open,
            (Some(_), other) => return Err(FrameFault::Interleaved(other)),
            (None, other) => (other, Vec::new()),
        };
        let total = payload.len() as u64 + frame.payload.len() as u64;
        if total > self.max_message {
            return Err(FrameFault::TooLarge(total));
        }
        if payload.is_empty() {
            payload = frame.payload;
        } else {
            payload.extend_from_slice(&frame.payload);
        }
        self.shape.frames += 1;
        if frame.fin {
            return Message::of(opcode, self.inflate(payload)?).map(Some);
        }
        self.open = Some((opcode, payload));
        Ok(None)
    }

    /// The message behind a payload that is whole.
    fn inflate(&mut self, payload: Vec<u8>) -> Result<Vec<u8>, FrameFault> {
        let mut shape = std::mem::take(&mut self.shape);
        let Some(inflater) = &mut self.inflater else { return Ok(payload) };
        if !std::mem::take(&mut self.is_compressed) {
            self.shapes.push(shape);
            return Ok(payload);
        }
        let mut inflated = inflater.message(&payload)?;
        let message = std::mem::take(&mut inflated.bytes);
        (shape.compressed, shape.inflated) = (Some(payload), inflated);
        self.shapes.push(shape);
        Ok(message)
    }
}
