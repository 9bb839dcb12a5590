//! Splitting a byte stream into frames, and judging what a server sent.

use super::deflate::InflateFault;
use super::frame::{Frame, LengthForm, Opcode, apply_mask};

/// What is wrong with a frame or a sequence of frames from a server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameFault {
    /// A server must not mask (RFC 6455 §5.1).
    #[error("masked frame from a server")]
    Masked,
    /// No extension was negotiated, so the reserved bits must be 0 (§5.2).
    #[error("reserved bits {0:03b} without an extension")]
    ReservedBits(u8),
    /// Opcode without a meaning (§5.2).
    #[error("reserved opcode {0:#x}")]
    ReservedOpcode(u8),
    /// The length must be written in its shortest form (§5.2).
    #[error("length {0} not in its shortest form")]
    LengthForm(u64),
    /// The most significant bit of a 64-bit length must be 0 (§5.2).
    #[error("length {0} uses the most significant bit")]
    LengthBit(u64),
    /// Control frames hold at most 125 bytes (§5.5).
    #[error("control frame of {0} bytes")]
    ControlTooLong(usize),
    /// Control frames must not be fragmented (§5.5).
    #[error("fragmented {0} frame")]
    ControlFragmented(Opcode),
    /// A continuation needs a message to continue (§5.4).
    #[error("continuation without a message")]
    Orphan,
    /// Fragments of messages must not be interleaved (§5.4).
    #[error("new {0} message inside a fragmented one")]
    Interleaved(Opcode),
    /// Text must be UTF-8 (§8.1).
    #[error("text that is not UTF-8")]
    Utf8,
    /// A close payload is empty or at least 2 bytes (§5.5.1).
    #[error("close payload of 1 byte")]
    CloseTooShort,
    /// A close code that must not be sent (§7.4).
    #[error("close code {0} must not be sent")]
    CloseCode(u16),
    /// A close reason is UTF-8 (§5.5.1).
    #[error("close reason that is not UTF-8")]
    CloseReason,
    /// A compressed message is read with the window and the context that were agreed (RFC 7692 §7.2.2).
    #[error("compressed message: {0}")]
    Deflate(#[from] InflateFault),
    /// Larger than this peer is prepared to hold.
    #[error("{0} bytes are more than this peer holds")]
    TooLarge(u64),
}

/// One frame and its bytes as they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawFrame {
    /// The frame, unmasked.
    pub frame: Frame,
    /// The bytes on the wire.
    pub bytes: Vec<u8>,
}

/// Room that a splitter keeps when it holds nothing.
const KEPT: usize = 64 * 1024;

/// Splits bytes into frames without judging them, but for a size it can't hold.
#[derive(Debug)]
pub struct Splitter {
    buffer: Vec<u8>,
    start: usize,
    max_payload: u64,
}

impl Splitter {
    /// A splitter that holds payloads of at most `max_payload` bytes.
    pub fn new(max_payload: u64) -> Self {
        Self { buffer: Vec::new(), start: 0, max_payload }
    }

    /// Adds bytes from the wire.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 && (self.start == self.buffer.len() || self.start > 64 * 1024) {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The bytes of a frame that is not complete yet.
    pub fn rest(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// The next complete frame.
    pub fn next_frame(&mut self) -> Result<Option<RawFrame>, FrameFault> {
        let bytes = &self.buffer[self.start..];
        let Some(head) = Head::parse(bytes)? else { return Ok(None) };
        if head.length > self.max_payload {
            return Err(FrameFault::TooLarge(head.length));
        }
        let total = head.size + head.length as usize;
        if bytes.len() < total {
            return Ok(None);
        }
        let raw = bytes[..total].to_vec();
        let mut payload = raw[head.size..].to_vec();
        if let Some(key) = head.mask {
            apply_mask(&mut payload, key);
        }
        self.start += total;
        if self.start == self.buffer.len() {
            self.buffer.clear();
            self.buffer.shrink_to(KEPT);
            self.start = 0;
        }
        let frame = Frame {
            fin: raw[0] & 0x80 != 0,
            rsv: (raw[0] >> 4) & 0x7,
            opcode: Opcode::from_bits(raw[0]),
            mask: head.mask,
            length_form: head.form,
            payload,
        };
        Ok(Some(RawFrame { frame, bytes: raw }))
    }
}

/// A parsed frame header.
struct Head {
    size: usize,
    length: u64,
    mask: Option<[u8; 4]>,
    form: LengthForm,
}

impl Head {
    fn parse(bytes: &[u8]) -> Result<Option<Self>, FrameFault> {
        let [_, second, rest @ ..] = bytes else { return Ok(None) };
        let (length, used, form) = match second & 0x7f {
            126 => {
                let Some(field) = rest.first_chunk::<2>() else { return Ok(None) };
                let length = u64::from(u16::from_be_bytes(*field));
                (length, 2, if length < 126 { LengthForm::Sixteen } else { LengthForm::Minimal })
            }
            127 => {
                let Some(field) = rest.first_chunk::<8>() else { return Ok(None) };
                let length = u64::from_be_bytes(*field);
                if length >> 63 != 0 {
                    return Err(FrameFault::LengthBit(length));
                }
                (length, 8, if length <= 0xffff { LengthForm::SixtyFour } else { LengthForm::Minimal })
            }
            short => (u64::from(short), 0, LengthForm::Minimal),
        };
        if second & 0x80 == 0 {
            return Ok(Some(Self { size: 2 + used, length, mask: None, form }));
        }
        let Some(key) = rest.get(used..).and_then(|rest| rest.first_chunk::<4>()) else { return Ok(None) };
        Ok(Some(Self { size: 6 + used, length, mask: Some(*key), form }))
    }
}

/// Judges one frame by itself, as coming from a server without extensions.
pub fn judge(frame: &Frame) -> Result<(), FrameFault> {
    if frame.mask.is_some() {
        return Err(FrameFault::Masked);
    }
    if frame.rsv != 0 {
        return Err(FrameFault::ReservedBits(frame.rsv));
    }
    if let Opcode::Reserved(bits) = frame.opcode {
        return Err(FrameFault::ReservedOpcode(bits));
    }
    if frame.length_form != LengthForm::Minimal {
        return Err(FrameFault::LengthForm(frame.payload.len() as u64));
    }
    if frame.opcode.is_control() {
        if frame.payload.len() > 125 {
            return Err(FrameFault::ControlTooLong(frame.payload.len()));
        }
        if !frame.fin {
            return Err(FrameFault::ControlFragmented(frame.opcode));
        }
    }
    if frame.opcode == Opcode::Close { judge_close(&frame.payload) } else { Ok(()) }
}

fn judge_close(payload: &[u8]) -> Result<(), FrameFault> {
    let Some((code, reason)) = payload.split_at_checked(2) else {
        return if payload.is_empty() { Ok(()) } else { Err(FrameFault::CloseTooShort) };
    };
    let code = u16::from_be_bytes([code[0], code[1]]);
    // §7.4.1: 1004–1006 and 1015 are never on the wire; 1012–1014 are registered since.
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(FrameFault::CloseCode(code));
    }
    std::str::from_utf8(reason).map(|_| ()).map_err(|_| FrameFault::CloseReason)
}
