//! One connection from the server's side: it can say anything, and judges every frame of the client.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

use crate::checks::rfc6455::{Mouth, unmasked};
use crate::checks::{Deadline, ReasonCode, Step, fail, millis, now};
use crate::peer::deflate::{InflateRules, Inflater};
use crate::peer::{Assembler, Direction, Frame, Held, Message, Opcode, Splitter, Transcript, judge};

/// Largest message this side holds.
const MAX_MESSAGE: u64 = 16 * 1024 * 1024;
/// Octets of a payload that is sent that are looked at for the transcript.
const MAX_SHOWN: usize = 8 * 1024;
/// A write that takes longer means the client does not read.
const WRITE_LIMIT: Duration = Duration::from_secs(5);

/// Most pauses between the pieces of one write, spread over it.
const MOST_PAUSES: usize = 16;

/// What came from the other side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Heard {
    /// A message or control frame.
    Message(Message),
    /// Something it must not send; says what.
    Fault(String),
    /// The end of the connection.
    End,
}

impl Heard {
    /// True when nothing follows.
    pub(crate) fn is_end(&self) -> bool {
        matches!(self, Self::End | Self::Message(Message::Close(_)))
    }
}

impl std::fmt::Display for Heard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Message(message) => message.fmt(f),
            Self::Fault(fault) => f.write_str(fault),
            Self::End => f.write_str("the end of the connection"),
        }
    }
}

/// A connection to the client. Dropping it cuts it.
#[derive(Debug)]
pub(crate) struct ServerLink {
    name: String,
    stream: TcpStream,
    splitter: Splitter,
    assembler: Assembler,
    held: Held,
    transcript: Transcript,
    ended: Option<Heard>,
    /// The masking keys of all frames, in their order.
    pub(crate) masks: Vec<[u8; 4]>,
    /// Whether pings are answered at once, in a talk of the tables.
    auto_pong: bool,
    /// Whether JSON pings and heartbeats are answered while something else is waited for.
    pub(crate) answers_life: bool,
    /// `top` in the answers to heartbeats.
    pub(crate) top: u64,
    /// Whether a heartbeat was answered.
    pub(crate) heartbeats: u32,
}

impl ServerLink {
    pub(crate) fn new(name: String, stream: TcpStream, behind: &[u8], transcript: Transcript) -> Self {
        let mut splitter = Splitter::new(MAX_MESSAGE);
        splitter.push(behind);
        Self {
            name,
            stream,
            splitter,
            assembler: Assembler::new(MAX_MESSAGE),
            held: Held::default(),
            transcript,
            ended: None,
            masks: Vec::new(),
            auto_pong: true,
            answers_life: true,
            top: 0,
            heartbeats: 0,
        }
    }

    /// Reads compressed messages from now on, as `rules` say.
    pub(crate) fn inflates(&mut self, rules: InflateRules) {
        let fresh = Assembler::new(MAX_MESSAGE);
        self.assembler = fresh.inflating(Some(Inflater::new(rules)));
    }

    /// Sends a frame exactly as it is.
    pub(crate) async fn send_frame(&mut self, frame: &Frame) {
        let kind = format!("{}{}", frame.opcode, if frame.fin { "" } else { "+" });
        let odd = frame.rsv != 0 || frame.mask.is_some() || std::str::from_utf8(&frame.payload).is_err();
        let payload = match (frame.opcode, frame.close_parts()) {
            (Opcode::Close, Some((code, reason))) => format!("{code} {reason:?}"),
            // Of a long payload its beginning is enough to tell it by.
            _ => String::from_utf8_lossy(&frame.payload[..frame.payload.len().min(MAX_SHOWN)]).into_owned(),
        };
        let bytes = frame.encode();
        self.transcript.add(&self.name, Direction::Sent, &kind, &payload, odd.then_some(&bytes[..]));
        self.write(&bytes).await;
    }

    /// Sends bytes as they are; false when the client takes no more.
    pub(crate) async fn send_bytes(&mut self, bytes: &[u8]) -> bool {
        let shown = &bytes[..bytes.len().min(MAX_SHOWN)];
        self.transcript.add(&self.name, Direction::Sent, "bytes", "", Some(shown));
        self.write(bytes).await
    }

    /// Sends as much of `bytes` as the client takes until `end`; gives how much that was.
    pub(crate) async fn send_until(&mut self, bytes: &[u8], end: Instant) -> usize {
        let mut sent = 0;
        while sent < bytes.len() {
            match timeout_at(end, self.stream.write(&bytes[sent..])).await {
                Ok(Ok(size @ 1..)) => sent += size,
                // One that is gone shows itself at the next reading.
                Ok(Ok(_) | Err(_)) | Err(_) => break,
            }
        }
        let words = format!("{sent} of {} bytes", bytes.len());
        self.transcript.add(&self.name, Direction::Sent, "bytes", &words, None);
        sent
    }

    /// Sends a JSON message.
    pub(crate) async fn send(&mut self, value: &Value) {
        self.send_frame(&Frame::text(value.to_string())).await;
    }

    /// Sends a named message with the server's timestamp.
    pub(crate) async fn say(&mut self, kind: &str, fields: Value) {
        let mut message = json!({"type": kind, "timestamp": now()});
        if let (Some(message), Value::Object(fields)) = (message.as_object_mut(), fields) {
            message.extend(fields);
        }
        self.send(&message).await;
    }

    /// Closes, waits a while for the answer, and ends the connection; gives the moment before the close.
    pub(crate) async fn close(mut self, code: u16, reason: &str) -> Instant {
        let at = Instant::now();
        self.send_frame(&Frame::close(code, reason)).await;
        let end = at + Duration::from_secs(2);
        while let Some(heard) = self.next(end).await {
            if !matches!(heard, Heard::Message(ref message) if !matches!(message, Message::Close(_))) {
                break;
            }
        }
        let _ = self.stream.shutdown().await;
        at
    }

    /// Ends the sending side of the TCP connection, as a server does behind its close.
    pub(crate) async fn end(&mut self) {
        self.transcript.note(&self.name, "tcp shutdown");
        // The client may have ended it already.
        let _ = self.stream.shutdown().await;
    }

    /// Ends the TCP connection by a reset.
    pub(crate) fn reset(self) {
        self.transcript.note(&self.name, "tcp reset");
        // Without it the end would be an orderly one, which a client has to notice too.
        let _ = self.stream.set_zero_linger();
    }

    /// Ends the TCP connection without a word; gives the moment before.
    pub(crate) fn cut(self) -> Instant {
        self.transcript.note(&self.name, "cut");
        let at = Instant::now();
        drop(self.stream);
        at
    }

    /// Sends bytes in writes of `size`, with `pause` between some of them.
    pub(crate) async fn send_pieces(&mut self, bytes: &[u8], size: usize, pause: Duration) {
        let words = format!("{} bytes in pieces of {size}", bytes.len());
        let shown = &bytes[..bytes.len().min(MAX_SHOWN)];
        self.transcript.add(&self.name, Direction::Sent, "bytes", &words, Some(shown));
        let between = (bytes.len() / size.max(1) / MOST_PAUSES).max(1);
        for (at, piece) in bytes.chunks(size.max(1)).enumerate() {
            if at > 0 && at % between == 0 && !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
            self.write(piece).await;
        }
    }

    async fn write(&mut self, bytes: &[u8]) -> bool {
        // A client that no longer reads, or is gone, shows itself at the next reading.
        matches!(timeout(WRITE_LIMIT, self.stream.write_all(bytes)).await, Ok(Ok(())))
    }

    /// What comes next, or `None` when `end` passes first.
    pub(crate) async fn next(&mut self, end: Instant) -> Option<Heard> {
        if let Some(ended) = &self.ended {
            return Some(ended.clone());
        }
        // On the heap: futures that hold this one should stay small.
        let mut chunk = vec![0; 16 * 1024];
        loop {
            if let Some(heard) = self.split() {
                if !matches!(heard, Heard::Message(_)) {
                    self.ended = Some(heard.clone());
                }
                return Some(heard);
            }
            let (splitter, assembler) = (&self.splitter, &self.assembler);
            let room = self.held.hold(|| splitter.rest().len() + assembler.held());
            if timeout_at(end, room).await.is_err() {
                return None;
            }
            match timeout_at(end, self.stream.read(&mut chunk)).await {
                Err(_) => return None,
                Ok(Ok(0) | Err(_)) => {
                    self.transcript.note(&self.name, "connection ended");
                    self.ended = Some(Heard::End);
                    return self.ended.clone();
                }
                Ok(Ok(size)) => self.splitter.push(&chunk[..size]),
            }
        }
    }

    fn split(&mut self) -> Option<Heard> {
        loop {
            let raw = match self.splitter.next_frame() {
                Ok(None) => return None,
                Ok(Some(raw)) => raw,
                Err(fault) => return Some(self.fault(&fault.to_string(), None)),
            };
            let mut frame = raw.frame;
            self.assembler.unmark(&mut frame);
            if let Err(fault) = judged(&frame) {
                return Some(self.fault(&fault, Some(&raw.bytes)));
            }
            self.masks.extend(frame.mask);
            match self.assembler.join(frame) {
                Ok(None) => {}
                Ok(Some(message)) => {
                    self.transcript.message(&self.name, Direction::Received, &message);
                    return Some(Heard::Message(message));
                }
                Err(fault) => return Some(self.fault(&fault.to_string(), Some(&raw.bytes))),
            }
        }
    }

    fn fault(&self, text: &str, bytes: Option<&[u8]>) -> Heard {
        self.transcript.add(&self.name, Direction::Received, "malformed", text, bytes);
        Heard::Fault(text.to_owned())
    }

    /// The first thing `take` wants; malformed frames and the end are violations.
    pub(crate) async fn expect_with<T>(
        &mut self,
        what: &str,
        deadline: Deadline,
        mut take: impl FnMut(&Heard) -> Option<T>,
    ) -> Step<T> {
        loop {
            let expected = || format!("{what} within {}", millis(deadline.limit()));
            let Some(heard) = self.next(deadline.end()).await else {
                return fail(ReasonCode::Missing, expected(), "silence");
            };
            if let Some(taken) = take(&heard) {
                if deadline.is_late(Instant::now()) {
                    return fail(ReasonCode::Late, expected(), deadline.elapsed(Instant::now()));
                }
                return Ok(taken);
            }
            match heard {
                Heard::Fault(fault) => return fail(ReasonCode::Malformed, what, fault),
                Heard::End | Heard::Message(Message::Close(_)) => {
                    return fail(ReasonCode::Closed, what, heard.to_string());
                }
                Heard::Message(message) => self.keep_alive(&message).await,
            }
        }
    }

    /// Answers signs of life.
    pub(crate) async fn keep_alive(&mut self, message: &Message) {
        if let Message::Ping(payload) = message {
            let pong = Frame::pong(payload.clone());
            self.send_frame(&pong).await;
        }
        let Some(value) = message.to_json().filter(|_| self.answers_life) else { return };
        match value.get("type").and_then(Value::as_str) {
            Some("heartbeat") => self.answer_heartbeat(&value).await,
            Some("ping") => self.say("pong", json!({})).await,
            _ => {}
        }
    }

    /// Answers one heartbeat.
    pub(crate) async fn answer_heartbeat(&mut self, heartbeat: &Value) {
        self.heartbeats += 1;
        let fields = json!({
            "correlation_id": heartbeat.get("correlation_id").cloned().unwrap_or(Value::Null),
            "server_status": "healthy", "connection_id": "backend_anonymous", "client_id": "client-1",
            "metrics": {"uptime": now(), "uptime_seconds": 7, "started_at": now(), "active_connections": 1},
            "top": self.top,
        });
        self.say("heartbeat_response", fields).await;
    }

    /// The next JSON message of type `kind`; others pass.
    pub(crate) async fn expect_type(&mut self, kind: &str, deadline: Deadline) -> Step<Value> {
        let what = format!("a message {kind}");
        self.expect_with(&what, deadline, |heard| match heard {
            Heard::Message(message) => {
                message.to_json().filter(|value| value.get("type").and_then(Value::as_str) == Some(kind))
            }
            _ => None,
        })
        .await
    }

    /// Everything that comes until `end`, signs of life answered; stops at the end of the connection.
    pub(crate) async fn listen(&mut self, end: Instant) -> Vec<Heard> {
        let mut all = Vec::new();
        while let Some(heard) = self.next(end).await {
            let message = match &heard {
                Heard::Message(message) => Some(message.clone()),
                _ => None,
            };
            all.push(heard);
            match message {
                Some(message) => self.keep_alive(&message).await,
                None => break,
            }
        }
        all
    }
}

impl Mouth for ServerLink {
    fn dressed(frame: &Frame) -> Frame {
        unmasked(frame)
    }

    async fn say(&mut self, frame: Frame) {
        self.send_frame(&unmasked(&frame)).await;
    }

    async fn say_exactly(&mut self, frame: Frame) {
        self.send_frame(&frame).await;
    }

    async fn pieces(&mut self, bytes: &[u8], size: usize, pause: Duration) {
        self.send_pieces(bytes, size, pause).await;
    }

    async fn bytes(&mut self, bytes: &[u8]) {
        self.send_bytes(bytes).await;
    }

    fn set_auto_pong(&mut self, on: bool) {
        self.auto_pong = on;
    }

    async fn half_close(&mut self) {
        self.end().await;
    }

    async fn conclude(&mut self) {
        self.end().await;
    }

    async fn hear(&mut self, end: Instant) -> Option<(Instant, Heard)> {
        let heard = self.next(end).await?;
        if let Heard::Message(Message::Ping(payload)) = &heard
            && self.auto_pong
        {
            self.send_frame(&Frame::pong(payload.clone())).await;
        }
        Some((Instant::now(), heard))
    }
}

/// Judges one frame as coming from a client: no bit of an extension may be left.
fn judged(frame: &Frame) -> Result<(), String> {
    if frame.mask.is_none() {
        return Err(format!("unmasked {} frame from a client", frame.opcode));
    }
    let mut bare = frame.clone();
    bare.mask = None;
    judge(&bare).map_err(|fault| fault.to_string())
}
