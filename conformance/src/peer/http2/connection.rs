//! One connection until its streams are opened.

use std::collections::BTreeMap;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, timeout_at};

use super::hpack::{HpackFault, decode, encode};
use crate::peer::{Direction, Response, Stream, Transcript};

/// What a connection begins with.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// `SETTINGS_ENABLE_CONNECT_PROTOCOL` (RFC 8441 §3).
pub const ENABLE_CONNECT_PROTOCOL: u16 = 8;
/// `SETTINGS_INITIAL_WINDOW_SIZE`.
pub(super) const INITIAL_WINDOW: u16 = 4;
/// What this peer takes before it is asked again.
const WINDOW: u32 = 1 << 24;
/// Longest frame: this peer allows no more than everybody must take.
pub(super) const MAX_FRAME: usize = 16_384;

pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const RST_STREAM: u8 = 3;
pub(super) const SETTINGS: u8 = 4;
pub(super) const PING: u8 = 6;
pub(super) const GOAWAY: u8 = 7;
pub(super) const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;

/// `END_STREAM` of DATA and HEADERS, `ACK` of SETTINGS and PING.
pub(super) const FIRST_FLAG: u8 = 0x1;
const END_HEADERS: u8 = 0x4;
const PADDED: u8 = 0x8;
const PRIORITY: u8 = 0x20;

/// Why there is no HTTP/2, or no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Http2Fault {
    /// Something else is spoken.
    #[error("no HTTP/2: {0:?}")]
    Other(String),
    /// Nothing came in time.
    #[error("no frame in time")]
    Silent,
    /// The connection ended.
    #[error("connection ended")]
    Ended,
    /// The connection ended behind a part of its first frame.
    #[error("connection ended in the middle of a frame")]
    Torn,
    /// The stream was reset.
    #[error("stream reset with error {0}")]
    Reset(u32),
    /// The other side went away.
    #[error("GOAWAY with error {0}")]
    GoAway(u32),
    /// A frame of more octets than this peer allows.
    #[error("frame of {0} octets")]
    TooLong(usize),
    /// Headers that can't be read.
    #[error(transparent)]
    Headers(#[from] HpackFault),
    /// Headers without a status.
    #[error("a response without a status")]
    Status,
}

/// A frame of HTTP/2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) kind: u8,
    pub(super) flags: u8,
    pub(super) stream: u32,
    pub(super) payload: Vec<u8>,
}

impl Frame {
    pub(super) fn new(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Self {
        Self { kind, flags, stream, payload: payload.to_vec() }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = (self.payload.len() as u32).to_be_bytes()[1..].to_vec();
        out.extend([self.kind, self.flags]);
        out.extend(self.stream.to_be_bytes());
        out.extend(&self.payload);
        out
    }

    /// The first whole frame, taken off `bytes`.
    pub(super) fn take(bytes: &mut Vec<u8>) -> Result<Option<Self>, Http2Fault> {
        let Some(head) = bytes.first_chunk::<9>() else { return Ok(None) };
        let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        if length > MAX_FRAME {
            return Err(Http2Fault::TooLong(length));
        }
        if bytes.len() < 9 + length {
            return Ok(None);
        }
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]) & 0x7fff_ffff;
        let frame = Self::new(head[3], head[4], stream, &bytes[9..9 + length]);
        bytes.drain(..9 + length);
        Ok(Some(frame))
    }

    /// The first four octets of the payload as a number.
    pub(super) fn number(&self, at: usize) -> u32 {
        let octets = self.payload.get(at..at + 4).unwrap_or(&[0; 4]);
        octets.iter().fold(0, |number, octet| number << 8 | u32::from(*octet))
    }

    /// The payload without padding and priority.
    pub(super) fn content(&self) -> &[u8] {
        let mut rest = self.payload.as_slice();
        let mut padding = 0;
        if matches!(self.kind, DATA | HEADERS) && self.flags & PADDED != 0 {
            padding = usize::from(rest.first().copied().unwrap_or_default());
            rest = rest.get(1..).unwrap_or_default();
        }
        if self.kind == HEADERS && self.flags & PRIORITY != 0 {
            rest = rest.get(5..).unwrap_or_default();
        }
        &rest[..rest.len().saturating_sub(padding)]
    }
}

/// A connection whose other side has sent its settings.
#[derive(Debug)]
pub struct Http2 {
    pub(super) name: String,
    pub(super) transcript: Transcript,
    pub(super) stream: Stream,
    pub(super) buffer: Vec<u8>,
    settings: BTreeMap<u16, u32>,
    /// What may still be sent: on the connection, and on each stream beyond its initial window.
    pub(super) window: i64,
    pub(super) windows: BTreeMap<u32, i64>,
}

impl Http2 {
    /// Begins by prior knowledge and waits for the other side's settings.
    pub async fn open(
        name: String,
        stream: Stream,
        transcript: Transcript,
        deadline: Instant,
    ) -> Result<Self, Http2Fault> {
        let mut http2 = Self {
            name,
            transcript,
            stream,
            buffer: Vec::new(),
            settings: BTreeMap::new(),
            window: 65_535,
            windows: BTreeMap::new(),
        };
        // No dynamic table (1), no pushes (2), a large window (4).
        let mut settings = Vec::new();
        for (id, value) in [(1_u16, 0_u32), (2, 0), (INITIAL_WINDOW, WINDOW)] {
            settings.extend(id.to_be_bytes());
            settings.extend(value.to_be_bytes());
        }
        let mut bytes = PREFACE.to_vec();
        bytes.extend(Frame::new(SETTINGS, 0, 0, &settings).encode());
        bytes.extend(Frame::new(WINDOW_UPDATE, 0, 0, &WINDOW.to_be_bytes()).encode());
        http2.note(Direction::Sent, "preface, SETTINGS, WINDOW_UPDATE");
        http2.write(&bytes).await?;
        loop {
            let frame = match http2.frame(deadline).await {
                Err(Http2Fault::Ended) if !http2.buffer.is_empty() => return Err(Http2Fault::Torn),
                other => other?,
            };
            if frame.kind == SETTINGS && frame.flags & FIRST_FLAG == 0 {
                return Ok(http2);
            }
        }
    }

    /// A setting of the other side.
    pub fn setting(&self, id: u16) -> Option<u32> {
        self.settings.get(&id).copied()
    }

    /// Sends a request without a body, its stream left open.
    pub async fn request(&mut self, stream: u32, fields: &[(&str, &str)]) -> Result<(), Http2Fault> {
        let text: Vec<String> = fields.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        self.note(Direction::Sent, &format!("HEADERS {stream}\n{}", text.join("\n")));
        let frame = Frame::new(HEADERS, END_HEADERS, stream, &encode(fields));
        self.write(&frame.encode()).await
    }

    /// The head of the response on `stream`, and whether the stream ended with it.
    pub async fn response(&mut self, stream: u32, deadline: Instant) -> Result<Response, Http2Fault> {
        let mut block: Option<Vec<u8>> = None;
        loop {
            let frame = self.frame(deadline).await?;
            match frame.kind {
                HEADERS if frame.stream == stream => block = Some(frame.content().to_vec()),
                CONTINUATION => {
                    if let Some(block) = &mut block {
                        block.extend_from_slice(&frame.payload);
                    }
                }
                RST_STREAM if frame.stream == stream => return Err(Http2Fault::Reset(frame.number(0))),
                GOAWAY => return Err(Http2Fault::GoAway(frame.number(4))),
                _ => continue,
            }
            if frame.flags & END_HEADERS == 0 {
                continue;
            }
            let Some(block) = block.take() else { continue };
            let headers = decode(&block)?;
            let status = headers.iter().find(|(name, _)| name == ":status");
            let status = status.and_then(|(_, status)| status.parse().ok()).ok_or(Http2Fault::Status)?;
            let text: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            self.note(Direction::Received, &format!("HEADERS {stream}\n{}", text.join("\n")));
            return Ok(Response { status, version: "HTTP/2".to_owned(), headers, ..Response::default() });
        }
    }

    /// Resets a stream.
    pub async fn reset(&mut self, stream: u32) -> Result<(), Http2Fault> {
        self.note(Direction::Sent, &format!("RST_STREAM {stream} CANCEL"));
        self.write(&Frame::new(RST_STREAM, 0, stream, &8_u32.to_be_bytes()).encode()).await
    }

    pub(super) fn note(&self, direction: Direction, text: &str) {
        self.transcript.add(&self.name, direction, "http2", text, None);
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), Http2Fault> {
        self.stream.write_all(bytes).await.map_err(|_| Http2Fault::Ended)?;
        self.stream.flush().await.map_err(|_| Http2Fault::Ended)
    }

    /// The next frame; what concerns the connection is dealt with on the way.
    async fn frame(&mut self, deadline: Instant) -> Result<Frame, Http2Fault> {
        loop {
            let starts_otherwise = self.settings.is_empty() && self.buffer.starts_with(b"HTTP/1");
            if starts_otherwise {
                let text = String::from_utf8_lossy(&self.buffer[..self.buffer.len().min(60)]).into_owned();
                return Err(Http2Fault::Other(text));
            }
            if let Some(frame) = Frame::take(&mut self.buffer)? {
                if let Some(answer) = self.housekeeping(&frame) {
                    self.write(&answer.encode()).await?;
                }
                return Ok(frame);
            }
            self.buffer.reserve(MAX_FRAME);
            match timeout_at(deadline, self.stream.read_buf(&mut self.buffer)).await {
                Err(_) => return Err(Http2Fault::Silent),
                Ok(Ok(0) | Err(_)) => return Err(Http2Fault::Ended),
                Ok(Ok(_)) => {}
            }
        }
    }

    /// Settings, pings and windows; gives what is to be answered.
    pub(super) fn housekeeping(&mut self, frame: &Frame) -> Option<Frame> {
        match frame.kind {
            SETTINGS if frame.flags & FIRST_FLAG == 0 => {
                for entry in frame.payload.chunks_exact(6) {
                    let id = u16::from_be_bytes([entry[0], entry[1]]);
                    let value = u32::from_be_bytes([entry[2], entry[3], entry[4], entry[5]]);
                    self.settings.insert(id, value);
                }
                // Told apart from no settings at all.
                self.settings.entry(0).or_insert(0);
                Some(Frame::new(SETTINGS, FIRST_FLAG, 0, &[]))
            }
            PING if frame.flags & FIRST_FLAG == 0 => Some(Frame::new(PING, FIRST_FLAG, 0, &frame.payload)),
            WINDOW_UPDATE => {
                let more = i64::from(frame.number(0) & 0x7fff_ffff);
                match frame.stream {
                    0 => self.window += more,
                    stream => *self.windows.entry(stream).or_default() += more,
                }
                None
            }
            _ => None,
        }
    }
}
