//! A client of the target as checks use it: sends, and expects with deadlines and verdicts.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::peer::{Event, EventKind, Frame, Link, Message, Response};
use crate::target::Timers;

use super::deadline::{Deadline, millis};
use super::field;
use super::verdict::{ReasonCode, Step, Stop, Violation, fail};

/// What is seen when nothing is.
const SILENCE: &str = "silence";

/// A message that was expected and came.
#[derive(Debug, Clone)]
pub struct Received {
    /// Arrival.
    pub at: Instant,
    /// The message.
    pub value: Value,
}

/// An open connection to a door. Dropping it cuts the TCP connection.
#[derive(Debug)]
pub struct Peer {
    link: Link,
    response: Response,
    ended: Option<EventKind>,
    greeting: Option<Value>,
}

impl Peer {
    pub(crate) fn new(link: Link, response: Response) -> Self {
        Self { link, response, ended: None, greeting: None }
    }

    pub(crate) fn greet(&mut self, greeting: Value) {
        self.greeting = Some(greeting);
    }

    /// The raw connection: odd frames and bytes, pongs off, reading off.
    pub fn link(&self) -> &Link {
        &self.link
    }

    /// The response that upgraded the connection.
    pub fn response(&self) -> &Response {
        &self.response
    }

    /// `connection_established`, when the peer came from [`super::Context::open`].
    pub fn established(&self) -> &Value {
        self.greeting.as_ref().unwrap_or(&Value::Null)
    }

    /// The session this connection was given at its opening.
    pub fn session_id(&self) -> Step<&str> {
        field::text(self.established(), "session_id")
    }

    /// The timers the target announced.
    pub fn timers(&self) -> Step<Timers> {
        Timers::announced(self.established())
    }

    /// Turns the answering of pings on or off (on at first).
    pub fn set_auto_pong(&self, on: bool) {
        self.link.set_auto_pong(on);
    }

    /// Sends a JSON message. A target that no longer takes it shows itself at the next expectation.
    pub async fn send(&self, value: &Value) {
        self.send_text(&value.to_string()).await;
    }

    /// Sends text.
    pub async fn send_text(&self, text: &str) {
        self.send_frame(Frame::text(text.as_bytes())).await;
    }

    /// Sends a frame, masked unless it has a mask already.
    pub async fn send_frame(&self, frame: Frame) {
        self.link.send_frame(frame).await;
    }

    /// The next event of any kind; `None` at the end of the deadline.
    pub async fn next_event(&mut self, deadline: Instant) -> Option<Event> {
        if let Some(kind) = &self.ended {
            return Some(Event { at: Instant::now(), kind: kind.clone() });
        }
        let event = self.link.next_event(deadline).await?;
        if !matches!(event.kind, EventKind::Message(_)) {
            self.ended = Some(event.kind.clone());
        }
        Some(event)
    }

    /// The first thing `take` wants. Malformed bytes, a close or the end of the connection are
    /// violations here; messages that `take` passes over stay in the transcript.
    pub async fn expect_with<T>(
        &mut self,
        what: &str,
        deadline: Deadline,
        mut take: impl FnMut(&Event) -> Option<T>,
    ) -> Step<T> {
        loop {
            let Some(event) = self.next_event(deadline.end()).await else {
                if !deadline.is_over() {
                    continue;
                }
                let expected = format!("{what} within {}", millis(deadline.limit()));
                return fail(ReasonCode::Missing, expected, SILENCE);
            };
            if let Some(taken) = take(&event) {
                if deadline.is_late(event.at) {
                    let expected = format!("{what} within {}", millis(deadline.limit()));
                    return fail(
                        ReasonCode::Late,
                        expected,
                        format!("it after {}", deadline.elapsed(event.at)),
                    );
                }
                return Ok(taken);
            }
            let ends = matches!(event.kind, EventKind::End(_) | EventKind::Message(Message::Close(_)));
            if ends && deadline.is_late(event.at) {
                // It had its time before the connection ended.
                let expected = format!("{what} within {}", millis(deadline.limit()));
                let actual = format!("the end of the connection after {}", deadline.elapsed(event.at));
                return fail(ReasonCode::Missing, expected, actual);
            }
            match event.kind {
                EventKind::Fault(fault) => return fail(ReasonCode::Malformed, what, fault.to_string()),
                EventKind::End(_) => return fail(ReasonCode::Closed, what, "the end of the connection"),
                EventKind::Message(message @ Message::Close(_)) => {
                    return fail(ReasonCode::Closed, what, message.to_string());
                }
                EventKind::Message(_) => {}
            }
        }
    }

    /// The first JSON message for which `accept` holds; others are passed over.
    pub async fn expect(
        &mut self,
        what: &str,
        deadline: Deadline,
        accept: impl Fn(&Value) -> bool,
    ) -> Step<Received> {
        self.expect_with(what, deadline, |event| {
            let value = json(event).filter(|value| accept(value))?;
            Some(Received { at: event.at, value })
        })
        .await
    }

    /// The first message of this name (`type`, or `event_name` in the typed dialect).
    pub async fn expect_type(&mut self, name: &str, deadline: Deadline) -> Step<Received> {
        self.expect(name, deadline, |value| field::name(value) == name).await
    }

    /// The very next application message, whatever it is.
    pub async fn next_json(&mut self, what: &str, deadline: Deadline) -> Step<Received> {
        let (at, message) = self
            .expect_with(what, deadline, |event| match &event.kind {
                EventKind::Message(message @ (Message::Text(_) | Message::Binary(_))) => {
                    Some((event.at, message.clone()))
                }
                _ => None,
            })
            .await?;
        match message.to_json() {
            Some(value) => Ok(Received { at, value }),
            None => fail(ReasonCode::Malformed, format!("{what} as JSON text"), message.to_string()),
        }
    }

    /// An `error` message with `code`; the first `error` decides.
    pub async fn expect_error(&mut self, code: &str, deadline: Deadline) -> Step<Received> {
        let what = format!("error {code}");
        let received = self.expect(&what, deadline, |value| field::name(value) == "error").await?;
        field::equals(&received.value, "code", code)?;
        Ok(received)
    }

    /// A pong with exactly this payload.
    pub async fn expect_pong(&mut self, payload: &[u8], deadline: Deadline) -> Step<Instant> {
        let (at, got) = self
            .expect_with("a pong", deadline, |event| match &event.kind {
                EventKind::Message(Message::Pong(payload)) => Some((event.at, payload.clone())),
                _ => None,
            })
            .await?;
        if got == payload {
            return Ok(at);
        }
        let (expected, actual) = (String::from_utf8_lossy(payload), String::from_utf8_lossy(&got));
        fail(ReasonCode::WrongValue, format!("pong {expected:?}"), format!("pong {actual:?}"))
    }

    /// A ping from the target.
    pub async fn expect_ping(&mut self, deadline: Deadline) -> Step<Instant> {
        self.expect_with("a ping", deadline, |event| {
            matches!(event.kind, EventKind::Message(Message::Ping(_))).then_some(event.at)
        })
        .await
    }

    /// A close frame with `code` and, if given, exactly `reason`. Other messages are passed over.
    pub async fn expect_close(
        &mut self,
        code: u16,
        reason: Option<&str>,
        deadline: Deadline,
    ) -> Step<Instant> {
        let what = format!("close {code}{}", reason.map(|text| format!(" {text:?}")).unwrap_or_default());
        let found = self
            .expect_with(&what, deadline, |event| match &event.kind {
                EventKind::Message(Message::Close(parts)) => Some((event.at, parts.clone())),
                _ => None,
            })
            .await;
        let (at, parts) = match found {
            Err(Stop::Violation(Violation { code: ReasonCode::Missing, expected, actual }))
                if actual == SILENCE =>
            {
                return fail(ReasonCode::NotClosed, expected, "an open connection");
            }
            Err(Stop::Violation(Violation { code: ReasonCode::Closed, expected, actual })) => {
                return fail(ReasonCode::Missing, expected, format!("{actual} without a close frame"));
            }
            other => other?,
        };
        let (got, text) = parts.unwrap_or((1005, String::new()));
        if got != code {
            return fail(ReasonCode::WrongCloseCode, what, format!("close {got} {text:?}"));
        }
        match reason {
            Some(reason) if reason != text => {
                fail(ReasonCode::WrongCloseReason, what, format!("close {got} {text:?}"))
            }
            _ => Ok(at),
        }
    }

    /// The end of the TCP connection.
    pub async fn expect_end(&mut self, deadline: Deadline) -> Step<Instant> {
        loop {
            match self.next_event(deadline.end()).await {
                Some(Event { at, kind: EventKind::End(_) }) => {
                    if deadline.is_late(at) {
                        let expected =
                            format!("the end of the connection within {}", millis(deadline.limit()));
                        return fail(ReasonCode::Late, expected, deadline.elapsed(at));
                    }
                    return Ok(at);
                }
                Some(_) => {}
                None if !deadline.is_over() => {}
                None => {
                    return fail(ReasonCode::NotClosed, "the end of the connection", "an open connection");
                }
            }
        }
    }

    /// For `time`, nothing for which `forbidden` holds; the connection stays open.
    pub async fn expect_silence(
        &mut self,
        what: &str,
        time: Duration,
        forbidden: impl Fn(&Message) -> bool,
    ) -> Step {
        let end = Instant::now() + time;
        while let Some(event) = self.next_event(end).await {
            match event.kind {
                EventKind::Message(Message::Close(_)) | EventKind::End(_) => {
                    return fail(ReasonCode::Closed, what, "the end of the connection");
                }
                EventKind::Fault(fault) => return fail(ReasonCode::Malformed, what, fault.to_string()),
                EventKind::Message(message) if forbidden(&message) => {
                    return fail(ReasonCode::Unexpected, what, message.to_string());
                }
                EventKind::Message(_) => {}
            }
        }
        Ok(())
    }

    /// The connection still answers a WebSocket ping.
    pub async fn expect_open(&mut self, deadline: Deadline) -> Step {
        self.send_frame(Frame::ping("still there?")).await;
        self.expect_pong(b"still there?", deadline).await.map(|_| ())
    }

    /// Closes from this side and expects the answering close frame with the same code.
    pub async fn close(&mut self, code: u16, reason: &str, deadline: Deadline) -> Step {
        self.send_frame(Frame::close(code, reason)).await;
        self.expect_close(code, None, deadline).await.map(|_| ())
    }
}

/// The JSON of a text message.
fn json(event: &Event) -> Option<Value> {
    match &event.kind {
        EventKind::Message(message) => message.to_json(),
        _ => None,
    }
}
