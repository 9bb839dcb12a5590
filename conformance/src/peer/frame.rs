//! Frames of RFC 6455 §5.2, written so that anything can be said with them, correct or not.

/// Meaning of a frame (RFC 6455 §5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Opcode {
    /// Next fragment of a message.
    Continuation,
    /// UTF-8 text.
    Text,
    /// Bytes.
    Binary,
    /// Close handshake.
    Close,
    /// Ping.
    Ping,
    /// Pong.
    Pong,
    /// One of the opcodes nobody defined: 3–7 and 11–15.
    Reserved(u8),
}

impl Opcode {
    /// The opcode of the low four bits of `byte`.
    pub fn from_bits(byte: u8) -> Self {
        match byte & 0x0f {
            0x0 => Self::Continuation,
            0x1 => Self::Text,
            0x2 => Self::Binary,
            0x8 => Self::Close,
            0x9 => Self::Ping,
            0xa => Self::Pong,
            other => Self::Reserved(other),
        }
    }

    /// The four bits on the wire.
    pub fn bits(self) -> u8 {
        match self {
            Self::Continuation => 0x0,
            Self::Text => 0x1,
            Self::Binary => 0x2,
            Self::Close => 0x8,
            Self::Ping => 0x9,
            Self::Pong => 0xa,
            Self::Reserved(bits) => bits & 0x0f,
        }
    }

    /// True for close, ping, pong and the reserved control opcodes.
    pub fn is_control(self) -> bool {
        self.bits() & 0x8 != 0
    }
}

impl std::fmt::Display for Opcode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Continuation => f.write_str("continuation"),
            Self::Text => f.write_str("text"),
            Self::Binary => f.write_str("binary"),
            Self::Close => f.write_str("close"),
            Self::Ping => f.write_str("ping"),
            Self::Pong => f.write_str("pong"),
            Self::Reserved(bits) => write!(f, "reserved({bits:#x})"),
        }
    }
}

/// How the payload length is written. Only [`LengthForm::Minimal`] is allowed (RFC 6455 §5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LengthForm {
    /// The shortest form that holds the length.
    #[default]
    Minimal,
    /// At least the 16-bit form.
    Sixteen,
    /// The 64-bit form.
    SixtyFour,
}

/// One frame. `payload` is always in the clear; `mask` says whether and how it is masked on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Last fragment of its message.
    pub fin: bool,
    /// The three reserved bits, RSV1 being 4.
    pub rsv: u8,
    /// Meaning.
    pub opcode: Opcode,
    /// Masking key, which a client must use and a server must not.
    pub mask: Option<[u8; 4]>,
    /// How the length is written.
    pub length_form: LengthForm,
    /// Content, unmasked.
    pub payload: Vec<u8>,
}

impl Frame {
    /// A final, unmasked frame.
    pub fn new(opcode: Opcode, payload: impl Into<Vec<u8>>) -> Self {
        Self {
            fin: true,
            rsv: 0,
            opcode,
            mask: None,
            length_form: LengthForm::Minimal,
            payload: payload.into(),
        }
    }

    /// A text frame.
    pub fn text(payload: impl Into<Vec<u8>>) -> Self {
        Self::new(Opcode::Text, payload)
    }

    /// A binary frame.
    pub fn binary(payload: impl Into<Vec<u8>>) -> Self {
        Self::new(Opcode::Binary, payload)
    }

    /// A continuation frame.
    pub fn continuation(payload: impl Into<Vec<u8>>) -> Self {
        Self::new(Opcode::Continuation, payload)
    }

    /// A ping.
    pub fn ping(payload: impl Into<Vec<u8>>) -> Self {
        Self::new(Opcode::Ping, payload)
    }

    /// A pong.
    pub fn pong(payload: impl Into<Vec<u8>>) -> Self {
        Self::new(Opcode::Pong, payload)
    }

    /// A close frame with `code` and `reason`.
    pub fn close(code: u16, reason: &str) -> Self {
        let mut payload = code.to_be_bytes().to_vec();
        payload.extend_from_slice(reason.as_bytes());
        Self::new(Opcode::Close, payload)
    }

    /// The same frame, announced as not the last of its message.
    pub fn more(mut self) -> Self {
        self.fin = false;
        self
    }

    /// The same frame with reserved bits (RSV1 = 4, RSV2 = 2, RSV3 = 1).
    pub fn rsv(mut self, bits: u8) -> Self {
        self.rsv = bits & 0x7;
        self
    }

    /// The same frame, masked with `key`.
    pub fn masked(mut self, key: [u8; 4]) -> Self {
        self.mask = Some(key);
        self
    }

    /// The same frame with another way to write its length.
    pub fn length_form(mut self, form: LengthForm) -> Self {
        self.length_form = form;
        self
    }

    /// The bytes on the wire.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.encode_head(self.payload.len() as u64);
        let start = out.len();
        out.extend_from_slice(&self.payload);
        if let Some(key) = self.mask {
            apply_mask(&mut out[start..], key);
        }
        out
    }

    /// The header alone, announcing `length` bytes whatever the payload has.
    pub fn encode_head(&self, length: u64) -> Vec<u8> {
        let mut out = Vec::with_capacity(14 + self.payload.len());
        out.push((u8::from(self.fin) << 7) | ((self.rsv & 0x7) << 4) | self.opcode.bits());
        let mask_bit = u8::from(self.mask.is_some()) << 7;
        match (self.length_form, length) {
            (LengthForm::Minimal, 0..=125) => out.push(mask_bit | length as u8),
            (LengthForm::Minimal | LengthForm::Sixteen, 0..=0xffff) => {
                out.push(mask_bit | 126);
                out.extend_from_slice(&(length as u16).to_be_bytes());
            }
            _ => {
                out.push(mask_bit | 127);
                out.extend_from_slice(&length.to_be_bytes());
            }
        }
        if let Some(key) = self.mask {
            out.extend_from_slice(&key);
        }
        out
    }

    /// Code and reason of a close payload; `None` for an empty one.
    pub fn close_parts(&self) -> Option<(u16, String)> {
        let (code, reason) = self.payload.split_at_checked(2)?;
        Some((u16::from_be_bytes([code[0], code[1]]), String::from_utf8_lossy(reason).into_owned()))
    }
}

/// Masks or unmasks in place (RFC 6455 §5.3).
pub(crate) fn apply_mask(bytes: &mut [u8], key: [u8; 4]) {
    let mut chunks = bytes.chunks_exact_mut(8);
    let wide = u64::from_ne_bytes([key[0], key[1], key[2], key[3], key[0], key[1], key[2], key[3]]);
    for chunk in &mut chunks {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        chunk.copy_from_slice(&(u64::from_ne_bytes(word) ^ wide).to_ne_bytes());
    }
    for (byte, key) in chunks.into_remainder().iter_mut().zip(key.iter().cycle()) {
        *byte ^= key;
    }
}
