//! One open socket, small: a stream, and beside it only what is incomplete.
//!
//! Frames are read into a buffer of the thread and written from one. A connection keeps bytes of its own only
//! while a frame or a message is incomplete, or while the other side does not take what is sent; on a quiet
//! socket that is nothing. The codec below is tungstenite's; the rules of RFC 6455 that a client lives by are
//! here.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Control, Data, OpCode};

use super::error::LinkError;
use super::intake::{Found, Intake, LARGEST_MESSAGE};
use super::outgo::with_frame;
use super::stream::Stream;

/// Most bytes that wait for the other side to take them.
const MOST_WAITING: usize = 256 * 1024;

/// One open socket. Pings are answered while it is read.
#[derive(Debug)]
pub struct Link {
    stream: Stream,
    /// What is incomplete; none on a quiet socket.
    open_ends: Option<Box<OpenEnds>>,
    /// A close frame was sent.
    closing: bool,
}

#[derive(Debug, Default)]
struct OpenEnds {
    /// Bytes of an incomplete frame.
    input: Vec<u8>,
    /// A fragmented message so far; `None` between messages.
    message: Option<Vec<u8>>,
    /// It is a binary one.
    binary: bool,
    /// Bytes the other side has not taken yet.
    output: Vec<u8>,
    /// Since when.
    output_since: Option<Instant>,
}

impl OpenEnds {
    fn is_empty(&self) -> bool {
        self.input.is_empty() && self.message.is_none() && self.output.is_empty()
    }
}

/// The messages of one look at a socket, lent one after the other.
pub(crate) struct Reading {
    intake: Option<Box<Intake>>,
}

impl Drop for Reading {
    fn drop(&mut self) {
        if let Some(intake) = self.intake.take() {
            intake.put();
        }
    }
}

/// A message that has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard<'r> {
    /// Text.
    Text(&'r str),
    /// Bytes.
    Binary(&'r [u8]),
}

/// Where a message lies, and whether it is a binary one.
struct Whole {
    /// In the bytes; `None` when it was put together from fragments.
    range: Option<std::ops::Range<usize>>,
    binary: bool,
}

impl Reading {
    /// The next text message that has come; `None` when no more is whole. What is incomplete goes back to
    /// `link`. A close frame is an error of its own.
    pub(crate) fn next<'r>(&'r mut self, link: &mut Link) -> Option<Result<&'r str, LinkError>> {
        self.next_heard(link).map(|heard| match heard? {
            Heard::Text(text) => Ok(text),
            Heard::Binary(_) => Err(LinkError::Unreadable("a binary message nobody asked for".to_owned())),
        })
    }

    /// The same where binary messages are welcome.
    pub(crate) fn next_heard<'r>(&'r mut self, link: &mut Link) -> Option<Result<Heard<'r>, LinkError>> {
        let intake = self.intake.as_mut()?;
        let whole = match link.next_whole(intake) {
            Ok(Some(whole)) => whole,
            Ok(None) => {
                link.hold(intake);
                return None;
            }
            Err(error) => return Some(Err(error)),
        };
        let bytes = match whole.range {
            Some(range) => &intake.bytes()[range],
            None => &intake.whole,
        };
        if whole.binary {
            return Some(Ok(Heard::Binary(bytes)));
        }
        Some(
            std::str::from_utf8(bytes)
                .map(Heard::Text)
                .map_err(|_| LinkError::Unreadable("text that is not UTF-8".to_owned())),
        )
    }
}

impl Link {
    /// Takes over a stream whose upgrade is done; `early` was read after the headers.
    pub(super) fn new(stream: Stream, early: Vec<u8>) -> Self {
        let open_ends =
            (!early.is_empty()).then(|| Box::new(OpenEnds { input: early, ..OpenEnds::default() }));
        Self { stream, open_ends, closing: false }
    }

    /// Sends one text message, or as much of it as is taken: the rest goes out while the socket is polled.
    ///
    /// # Errors
    /// The connection is broken, or too much waits already.
    pub(crate) fn send(&mut self, text: &str) -> Result<(), LinkError> {
        self.send_frame(OpCode::Data(Data::Text), text.as_bytes())
    }

    /// The same with a binary message.
    ///
    /// # Errors
    /// The connection is broken, or too much waits already.
    pub(crate) fn send_binary(&mut self, bytes: &[u8]) -> Result<(), LinkError> {
        self.send_frame(OpCode::Data(Data::Binary), bytes)
    }

    /// Sends a close frame; the other side answers with one.
    ///
    /// # Errors
    /// The connection is broken.
    pub(crate) fn send_close(&mut self, code: u16) -> Result<(), LinkError> {
        self.closing = true;
        self.send_frame(OpCode::Control(Control::Close), &code.to_be_bytes())
    }

    fn send_frame(&mut self, opcode: OpCode, payload: &[u8]) -> Result<(), LinkError> {
        with_frame(opcode, payload, |frame| {
            let taken = if self.has_output() { 0 } else { self.write(frame)? };
            if taken == frame.len() {
                return Ok(());
            }
            let ends = self.open_ends.get_or_insert_default();
            // One message may be as long as it likes; a queue of them may not.
            if !ends.output.is_empty() && ends.output.len() + frame.len() > MOST_WAITING {
                return Err(LinkError::Lost(format!("{MOST_WAITING} bytes wait to be taken")));
            }
            ends.output.extend_from_slice(&frame[taken..]);
            ends.output_since.get_or_insert_with(Instant::now);
            Ok(())
        })
    }

    fn write(&mut self, mut bytes: &[u8]) -> Result<usize, LinkError> {
        let whole = bytes.len();
        while !bytes.is_empty() {
            match self.stream.try_write(bytes) {
                Ok(0) => return Err(LinkError::Lost("the stream takes nothing any more".to_owned())),
                Ok(count) => bytes = &bytes[count..],
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(lost(&error)),
            }
        }
        Ok(whole - bytes.len())
    }

    /// True while bytes wait for the other side to take them: then the socket must be polled.
    pub(crate) fn is_waiting(&self) -> bool {
        self.has_output() || self.stream.is_unflushed()
    }

    fn has_output(&self) -> bool {
        self.open_ends.as_ref().is_some_and(|ends| !ends.output.is_empty())
    }

    /// Since when bytes have been waiting.
    pub(crate) fn waiting_since(&self) -> Option<Instant> {
        self.open_ends.as_ref()?.output_since
    }

    /// Sends what waits, as far as it is taken, and wakes when more is.
    ///
    /// # Errors
    /// The connection is broken.
    pub(crate) fn poll_output(&mut self, context: &mut Context<'_>) -> Result<(), LinkError> {
        let Some(ends) = self.open_ends.as_mut().filter(|ends| !ends.output.is_empty()) else {
            return Ok(());
        };
        let mut taken = 0;
        while taken < ends.output.len() {
            match Pin::new(&mut self.stream).poll_write(context, &ends.output[taken..]) {
                Poll::Ready(Ok(0)) => {
                    return Err(LinkError::Lost("the stream takes nothing any more".to_owned()));
                }
                Poll::Ready(Ok(count)) => taken += count,
                Poll::Ready(Err(error)) => return Err(lost(&error)),
                Poll::Pending => break,
            }
        }
        ends.output.drain(..taken);
        if ends.output.is_empty() {
            ends.output = Vec::new();
            ends.output_since = None;
        }
        self.forget_if_quiet();
        Ok(())
    }

    fn forget_if_quiet(&mut self) {
        if self.open_ends.as_ref().is_some_and(|ends| ends.is_empty()) {
            self.open_ends = None;
        }
    }

    /// Looks at the socket once: what has come, at most a chunk of it, can be read then.
    pub(crate) fn poll_reading(&mut self, context: &mut Context<'_>) -> Poll<Result<Reading, LinkError>> {
        self.poll_output(context)?;
        let mut intake = Intake::take();
        let held = self.open_ends.as_mut().map(|ends| std::mem::take(&mut ends.input)).unwrap_or_default();
        let had = held.len();
        intake.begin(held);
        let mut buffer = ReadBuf::new(&mut intake.chunk);
        let read = Pin::new(&mut self.stream).poll_read(context, &mut buffer);
        let count = buffer.filled().len();
        match read {
            Poll::Ready(Ok(())) if count > 0 => intake.filled(count),
            // What is held may hold whole frames: then they are read first, and the end is found afterwards.
            _ if had > 0 && self.holds_whole(&mut intake) => {}
            Poll::Pending => {
                self.hold(&mut intake);
                intake.put();
                return Poll::Pending;
            }
            Poll::Ready(Ok(())) => {
                intake.put();
                return Poll::Ready(Err(LinkError::Lost("the stream ended".to_owned())));
            }
            Poll::Ready(Err(error)) => {
                intake.put();
                return Poll::Ready(Err(lost(&error)));
            }
        }
        Poll::Ready(Ok(Reading { intake: Some(intake) }))
    }

    /// True when the intake has a whole frame, or one that can never become one; its place does not change.
    fn holds_whole(&self, intake: &mut Intake) -> bool {
        let found = !matches!(intake.frame(), Ok(None));
        intake.rewind();
        found
    }

    /// Keeps what has not become a whole frame.
    fn hold(&mut self, intake: &mut Intake) {
        let rest = intake.rest();
        if !rest.is_empty() {
            self.open_ends.get_or_insert_default().input = rest;
        } else {
            self.forget_if_quiet();
        }
    }

    /// The next whole text message; control frames are dealt with on the way.
    fn next_whole(&mut self, intake: &mut Intake) -> Result<Option<Whole>, LinkError> {
        while let Some(Found { header, payload }) = intake.frame()? {
            if header.mask.is_some() || header.rsv1 || header.rsv2 || header.rsv3 {
                return Err(violated("a masked frame, or one with reserved bits"));
            }
            match header.opcode {
                OpCode::Control(control) => {
                    let payload = &intake.bytes()[payload];
                    if payload.len() > 125 || !header.is_final {
                        return Err(violated("a control frame that is fragmented or too long"));
                    }
                    self.control(control, payload)?;
                }
                OpCode::Data(data @ (Data::Text | Data::Binary))
                    if header.is_final && !self.is_in_message() =>
                {
                    return Ok(Some(Whole { range: Some(payload), binary: data == Data::Binary }));
                }
                OpCode::Data(data) => {
                    if let Some(binary) = self.fragment(data, header.is_final, payload, intake)? {
                        return Ok(Some(Whole { range: None, binary }));
                    }
                }
            }
        }
        Ok(None)
    }

    fn is_in_message(&self) -> bool {
        self.open_ends.as_ref().is_some_and(|ends| ends.message.is_some())
    }

    /// Takes a part of a fragmented message; when that was its last, whether it is a binary one.
    fn fragment(
        &mut self,
        data: Data,
        last: bool,
        payload: std::ops::Range<usize>,
        intake: &mut Intake,
    ) -> Result<Option<bool>, LinkError> {
        match (data, self.is_in_message()) {
            (Data::Text | Data::Binary, false) | (Data::Continue, true) => {}
            _ => return Err(violated("a fragment out of its place")),
        }
        let ends = self.open_ends.get_or_insert_default();
        if data != Data::Continue {
            ends.binary = data == Data::Binary;
        }
        let message = ends.message.get_or_insert_default();
        if message.len() + payload.len() > LARGEST_MESSAGE {
            return Err(LinkError::Unreadable(format!("a message of more than {LARGEST_MESSAGE} bytes")));
        }
        message.extend_from_slice(&intake.bytes()[payload]);
        if !last {
            return Ok(None);
        }
        intake.whole = ends.message.take().unwrap_or_default();
        Ok(Some(ends.binary))
    }

    fn control(&mut self, control: Control, payload: &[u8]) -> Result<(), LinkError> {
        match control {
            Control::Ping => self.send_frame(OpCode::Control(Control::Pong), payload),
            Control::Close => {
                if !std::mem::replace(&mut self.closing, true) {
                    // RFC 6455, section 5.5.1: a close frame is answered with one. Who closed does not mind.
                    let _ =
                        self.send_frame(OpCode::Control(Control::Close), &payload[..payload.len().min(2)]);
                }
                Err(closed(payload))
            }
            Control::Pong | Control::Reserved(_) => Ok(()),
        }
    }

    /// The next text message within `patience`, `what` being the name of what is waited for.
    ///
    /// # Errors
    /// The connection broke, was closed, or nothing came within `patience`.
    pub async fn text(&mut self, what: &'static str, patience: Duration) -> Result<String, LinkError> {
        timeout(patience, std::future::poll_fn(|context| self.poll_text(context)))
            .await
            .unwrap_or(Err(LinkError::Timeout { what, patience }))
    }

    fn poll_text(&mut self, context: &mut Context<'_>) -> Poll<Result<String, LinkError>> {
        loop {
            let mut reading = std::task::ready!(self.poll_reading(context))?;
            let text = match reading.next(self) {
                Some(text) => text.map(str::to_owned),
                None => continue,
            };
            // One message at a time: what came behind it is held for the next call.
            if let Some(intake) = reading.intake.as_mut() {
                self.hold(intake);
            }
            return Poll::Ready(text);
        }
    }

    /// Closes in good order: 1000, then waits for the other side's close frame.
    ///
    /// # Errors
    /// The other side does not close within `patience`, or breaks the connection.
    pub async fn close(mut self, patience: Duration) -> Result<(), LinkError> {
        self.closing = true;
        self.send_frame(OpCode::Control(Control::Close), &1000_u16.to_be_bytes())?;
        let deadline = Instant::now() + patience;
        loop {
            match self.text("close frame", deadline.saturating_duration_since(Instant::now())).await {
                Ok(_) => {}
                Err(LinkError::Closed { .. }) => return Ok(()),
                Err(LinkError::Timeout { what, .. }) => return Err(LinkError::Timeout { what, patience }),
                Err(error) => return Err(error),
            }
        }
    }
}

fn violated(what: &str) -> LinkError {
    LinkError::Unreadable(format!("the protocol was violated: {what}"))
}

fn lost(error: &std::io::Error) -> LinkError {
    LinkError::Lost(error.to_string())
}

/// What a close frame says (RFC 6455, section 5.5.1).
fn closed(payload: &[u8]) -> LinkError {
    match payload {
        [high, low, reason @ ..] => LinkError::Closed {
            code: u16::from_be_bytes([*high, *low]),
            reason: String::from_utf8_lossy(reason).into_owned(),
        },
        _ => LinkError::Closed { code: 1005, reason: String::new() },
    }
}
