//! One connection from the server's side: it can say anything, and judges every frame of the client.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

use crate::checks::{Deadline, ReasonCode, Step, fail, millis, now};
use crate::peer::deflate::{InflateRules, Inflater};
use crate::peer::{Assembler, Direction, Frame, Message, Opcode, Splitter, Transcript, judge};

/// Largest message this side holds.
const MAX_MESSAGE: u64 = 16 * 1024 * 1024;
/// Octets of a payload that is sent that are looked at for the transcript.
const MAX_SHOWN: usize = 8 * 1024;
/// A write that takes longer means the client does not read.
const WRITE_LIMIT: Duration = Duration::from_secs(5);

/// What came from the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Heard {
    /// A message or control frame.
    Message(Message),
    /// Something a client must not send; says what.
    Fault(String),
    /// The end of the connection.
    End,
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
    transcript: Transcript,
    ended: Option<Heard>,
    /// The masking keys of all frames, in their order.
    pub(crate) masks: Vec<[u8; 4]>,
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
            transcript,
            ended: None,
            masks: Vec::new(),
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

    /// Sends bytes as they are.
    pub(crate) async fn send_bytes(&mut self, bytes: &[u8]) {
        self.transcript.add(&self.name, Direction::Sent, "bytes", "", Some(bytes));
        self.write(bytes).await;
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

    /// Closes, waits a while for the answer, and ends the connection; gives the moment of the close.
    pub(crate) async fn close(mut self, code: u16, reason: &str) -> Instant {
        self.send_frame(&Frame::close(code, reason)).await;
        let at = Instant::now();
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

    /// Ends the TCP connection without a word; gives the moment.
    pub(crate) fn cut(self) -> Instant {
        self.transcript.note(&self.name, "cut");
        drop(self.stream);
        Instant::now()
    }

    async fn write(&mut self, bytes: &[u8]) {
        // A client that no longer reads, or is gone, shows itself at the next reading.
        let _ = timeout(WRITE_LIMIT, self.stream.write_all(bytes)).await;
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

/// Judges one frame as coming from a client: no bit of an extension may be left.
fn judged(frame: &Frame) -> Result<(), String> {
    if frame.mask.is_none() {
        return Err(format!("unmasked {} frame from a client", frame.opcode));
    }
    let mut bare = frame.clone();
    bare.mask = None;
    judge(&bare).map_err(|fault| fault.to_string())
}
