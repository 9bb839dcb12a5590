//! From bytes to messages: RFC 6455, sections 5 to 7, as a server reads them.
//!
//! Works on whatever bytes there are and keeps only what is incomplete. Everything that can be refused at a
//! frame's header is refused there, before a byte of the payload is kept. Compression has two places:
//! [`Decoder::check_reserved_bits`] (its bit marks the first frame of a compressed message) and
//! [`Message::finish`] (the payload is complete and not yet text).

use std::io::Cursor;

use bytes::Bytes;
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Control, Data, OpCode};

use super::deflate::{self, Deflate};
use super::encode::CONTROL_PAYLOAD;

/// Longest frame header: 2 bytes, 8 of length, 4 of mask.
const MAX_HEADER: usize = 14;

/// What a client may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageLimits {
    /// Most bytes of a message, the sum of its fragments.
    pub bytes: usize,
    /// Most fragments of a message.
    pub fragments: usize,
}

/// One complete thing.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event {
    Text(String),
    Binary(Bytes),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close { code: Option<u16>, reason: String },
}

/// A broken rule: the close code and its reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Violation {
    pub(super) code: u16,
    pub(super) reason: &'static str,
}

const fn protocol(reason: &'static str) -> Violation {
    Violation { code: 1002, reason }
}

const fn too_big(reason: &'static str) -> Violation {
    Violation { code: 1009, reason }
}

const NOT_UTF8: Violation = Violation { code: 1007, reason: "text is not UTF-8" };

/// State between two reads. Idle it holds no memory of its own but the client's window, where that is kept.
#[derive(Debug)]
pub(super) struct Decoder {
    limits: MessageLimits,
    /// Whether messages may be compressed.
    deflate: bool,
    /// What compressed messages may refer to, where that is kept.
    window: Option<deflate::Window>,
    /// Bytes of a header that has not come whole.
    header: [u8; MAX_HEADER],
    header_length: usize,
    /// The frame whose payload is coming.
    frame: Option<Frame>,
    /// The message whose frames are coming.
    message: Option<Message>,
    /// Payload of a control frame, which may come between the fragments of a message.
    control: Vec<u8>,
    /// Frames seen, for signs of life.
    frames: u64,
}

#[derive(Debug, Clone, Copy)]
struct Frame {
    opcode: OpCode,
    is_final: bool,
    mask: [u8; 4],
    remaining: usize,
}

#[derive(Debug)]
struct Message {
    is_text: bool,
    is_compressed: bool,
    payload: Vec<u8>,
    /// How much of the payload is known to be UTF-8 (text only).
    checked: usize,
    fragments: usize,
}

impl Decoder {
    pub(super) fn new(limits: MessageLimits, deflate: Option<Deflate>) -> Self {
        Self {
            limits,
            deflate: deflate.is_some(),
            window: deflate.filter(|agreed| agreed.client_context).map(|_| deflate::Window::default()),
            header: [0; MAX_HEADER],
            header_length: 0,
            frame: None,
            message: None,
            control: Vec::new(),
            frames: 0,
        }
    }

    /// Frames that have begun or ended so far.
    pub(super) fn progress(&self) -> u64 {
        self.frames
    }

    /// Takes bytes from the front of `input` until something is complete or nothing is left. The bytes are
    /// unmasked in place.
    pub(super) fn feed(&mut self, input: &mut &mut [u8]) -> Result<Option<Event>, Violation> {
        loop {
            let frame = match self.frame {
                Some(frame) => frame,
                None => match self.read_header(input)? {
                    Some(frame) => frame,
                    None => return Ok(None),
                },
            };
            if let Some(event) = self.read_payload(frame, input)? {
                return Ok(Some(event));
            }
            if self.frame.is_some() {
                return Ok(None);
            }
        }
    }

    fn read_header(&mut self, input: &mut &mut [u8]) -> Result<Option<Frame>, Violation> {
        let had = self.header_length;
        let more = input.len().min(MAX_HEADER - had);
        self.header[had..had + more].copy_from_slice(&input[..more]);
        let mut cursor = Cursor::new(&self.header[..had + more]);
        let parsed = FrameHeader::parse(&mut cursor).map_err(|_| protocol("reserved opcode"))?;
        let Some((header, length)) = parsed else {
            self.header_length = had + more;
            take(input, more);
            return Ok(None);
        };
        let used = usize::try_from(cursor.position()).unwrap_or(MAX_HEADER);
        // `had` bytes were not enough for a header, so all of them belong to this one
        take(input, used - had);
        self.header_length = 0;
        let frame = self.check_header(&header, length, used)?;
        self.frame = Some(frame);
        self.frames += 1;
        Ok(Some(frame))
    }

    fn check_header(&mut self, header: &FrameHeader, length: u64, used: usize) -> Result<Frame, Violation> {
        self.check_reserved_bits(header)?;
        let Some(mask) = header.mask else { return Err(protocol("frame is not masked")) };
        if length >> 63 != 0 {
            return Err(protocol("most significant bit of the length is set"));
        }
        if used != header.len(length) {
            return Err(protocol("length is not in its shortest form"));
        }
        match header.opcode {
            OpCode::Control(_) if !header.is_final => return Err(protocol("control frame is fragmented")),
            OpCode::Control(_) if length > CONTROL_PAYLOAD as u64 => {
                return Err(protocol("control frame is too long"));
            }
            OpCode::Control(_) => self.control.clear(),
            OpCode::Data(kind) => self.begin_fragment(kind, header.rsv1, length)?,
        }
        // a data frame passed the size limit and a control frame is short, so both fit
        let remaining = usize::try_from(length).map_err(|_| too_big("message is too big"))?;
        Ok(Frame { opcode: header.opcode, is_final: header.is_final, mask, remaining })
    }

    /// The first bit belongs to compression, where that was negotiated, on the first frame of a message only
    /// (RFC 7692, 6.1). Nobody owns the others.
    fn check_reserved_bits(&self, header: &FrameHeader) -> Result<(), Violation> {
        let begins = matches!(header.opcode, OpCode::Data(Data::Text | Data::Binary));
        let marked = header.rsv1 && !(self.deflate && begins);
        if marked || header.rsv2 || header.rsv3 {
            return Err(protocol("reserved bit is set"));
        }
        Ok(())
    }

    fn begin_fragment(&mut self, kind: Data, is_compressed: bool, length: u64) -> Result<(), Violation> {
        let message = match (kind, &mut self.message) {
            (Data::Continue, None) => return Err(protocol("continuation without a message")),
            (Data::Continue, Some(message)) => message,
            (_, Some(_)) => return Err(protocol("message begins inside another")),
            (_, none) => none.insert(Message {
                is_text: kind == Data::Text,
                is_compressed,
                payload: Vec::new(),
                checked: 0,
                fragments: 0,
            }),
        };
        message.fragments += 1;
        let limit = if message.is_compressed { deflate::worst(self.limits.bytes) } else { self.limits.bytes };
        if message.payload.len() as u64 + length > limit as u64 {
            return Err(too_big("message is too big"));
        }
        if message.fragments > self.limits.fragments {
            return Err(too_big("message has too many fragments"));
        }
        Ok(())
    }

    fn read_payload(&mut self, mut frame: Frame, input: &mut &mut [u8]) -> Result<Option<Event>, Violation> {
        let count = frame.remaining.min(input.len());
        let bytes = take(input, count);
        unmask(bytes, &mut frame.mask);
        frame.remaining -= count;
        let complete = frame.remaining == 0;
        self.frame = (!complete).then_some(frame);
        self.frames += u64::from(complete);
        match frame.opcode {
            OpCode::Control(control) => {
                self.control.extend_from_slice(bytes);
                if complete { control_event(control, std::mem::take(&mut self.control)) } else { Ok(None) }
            }
            OpCode::Data(_) => {
                let Some(mut message) = self.message.take() else { return Ok(None) };
                message.payload.extend_from_slice(bytes);
                if complete && frame.is_final {
                    return message.finish(self.limits.bytes, self.window.as_mut()).map(Some);
                }
                message.check_text()?;
                self.message = Some(message);
                Ok(None)
            }
        }
    }
}

impl Message {
    /// Refuses text as soon as it can't become UTF-8 any more.
    fn check_text(&mut self) -> Result<(), Violation> {
        if !self.is_text || self.is_compressed {
            return Ok(());
        }
        match std::str::from_utf8(&self.payload[self.checked..]) {
            Ok(_) => self.checked = self.payload.len(),
            Err(error) if error.error_len().is_none() => self.checked += error.valid_up_to(),
            Err(_) => return Err(NOT_UTF8),
        }
        Ok(())
    }

    /// The payload is whole.
    fn finish(mut self, limit: usize, window: Option<&mut deflate::Window>) -> Result<Event, Violation> {
        if self.is_compressed {
            self.payload = deflate::inflate(&self.payload, limit, window)?;
        }
        if self.is_text {
            String::from_utf8(self.payload).map(Event::Text).map_err(|_| NOT_UTF8)
        } else {
            Ok(Event::Binary(self.payload.into()))
        }
    }
}

fn control_event(control: Control, payload: Vec<u8>) -> Result<Option<Event>, Violation> {
    let event = match control {
        Control::Ping => Event::Ping(payload),
        Control::Pong => Event::Pong(payload),
        Control::Close => close_event(&payload)?,
        Control::Reserved(_) => return Err(protocol("reserved opcode")),
    };
    Ok(Some(event))
}

fn close_event(payload: &[u8]) -> Result<Event, Violation> {
    match payload {
        [] => Ok(Event::Close { code: None, reason: String::new() }),
        [_] => Err(protocol("close code is cut")),
        [high, low, reason @ ..] => {
            let code = u16::from_be_bytes([*high, *low]);
            if !may_be_sent(code) {
                return Err(protocol("close code may not be sent"));
            }
            let reason = std::str::from_utf8(reason).map_err(|_| NOT_UTF8)?;
            Ok(Event::Close { code: Some(code), reason: reason.to_owned() })
        }
    }
}

/// RFC 6455, 7.4, and the registry it founded: 1004 to 1006 and 1015 are never sent, 1016 to 2999 are kept.
fn may_be_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

/// Splits `count` bytes off the front.
fn take<'a>(input: &mut &'a mut [u8], count: usize) -> &'a mut [u8] {
    let (front, rest) = std::mem::take(input).split_at_mut(count);
    *input = rest;
    front
}

/// Unmasks, and turns the mask so that it fits the next byte.
fn unmask(bytes: &mut [u8], mask: &mut [u8; 4]) {
    let wide = u64::from_ne_bytes([mask[0], mask[1], mask[2], mask[3], mask[0], mask[1], mask[2], mask[3]]);
    let mut words = bytes.chunks_exact_mut(8);
    for word in &mut words {
        let mut eight = [0; 8];
        eight.copy_from_slice(word);
        word.copy_from_slice(&(u64::from_ne_bytes(eight) ^ wide).to_ne_bytes());
    }
    let rest = words.into_remainder();
    for (byte, key) in rest.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= key;
    }
    let turn = rest.len() % 4;
    mask.rotate_left(turn);
}
