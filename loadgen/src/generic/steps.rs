//! The steps of a script, one after the other.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use bytes::Bytes;
use scenarios::script::{Act, Message, Path, Request, Step, Text};
use tokio::time::Instant;

use super::channel::{Body, Channel, Incoming};
use super::hands::Hands;
use super::http::{Answer, Call};
use super::trouble::Trouble;
use crate::client::{LinkError, escape, open_bare};
use crate::measure::{Operation, Timing};

/// Rounds without a pause after which others have their turn.
const ROUNDS: u64 = 32;

type Playing<'h> = Pin<Box<dyn Future<Output = Result<(), Trouble>> + Send + 'h>>;

impl Hands {
    /// Plays `steps`; the first one that fails ends them, booked already.
    pub(super) fn play<'h>(&'h mut self, steps: &'h [Step]) -> Playing<'h> {
        Box::pin(async move {
            for step in steps {
                self.step(step).await?;
            }
            Ok(())
        })
    }

    async fn step(&mut self, step: &Step) -> Result<(), Trouble> {
        let now = Instant::now();
        let (begun, result) = match &step.act {
            Act::Repeat { times, every, steps } => return self.repeat(*times, *every, steps).await,
            Act::Expect(expect) => {
                let begun = self.begin_of(expect.on, expect.since);
                (begun, self.expect(expect, begun).await)
            }
            Act::ExpectClose { on, code, since, within } => {
                let begun = self.begin_of(*on, *since);
                (begun, self.expect_close(*on, *code, *within).await)
            }
            Act::Send { on, message } => {
                let sent = self.send(*on, message).await;
                if let Some(operation) = step.operation {
                    self.marks[operation] = Some(now);
                }
                // The time a message takes to be written says nothing: its operation ends with an `expect`.
                return match sent {
                    Ok(()) => Ok(()),
                    Err(trouble) => self.book(step, now, Err(trouble)),
                };
            }
            act => {
                if let Some(operation) = step.operation {
                    self.marks[operation] = Some(now);
                }
                (now, self.act(act).await.map(|()| Instant::now()))
            }
        };
        if let Some(operation) = step.operation.filter(|_| matches!(step.act, Act::Expect(_))) {
            // Another step may count from here.
            self.marks[operation].get_or_insert(now);
        }
        self.book(step, begun, result)
    }

    async fn act(&mut self, act: &Act) -> Result<(), Trouble> {
        match act {
            Act::Connect { on, within } => self.connect(*on, *within).await,
            Act::Look(look) => self.look(look),
            Act::Set(values) => {
                for (slot, json) in values {
                    let value = json.fill(&mut self.values).map_err(|name| Trouble::unset(&name))?;
                    self.values.set(*slot, value);
                }
                Ok(())
            }
            Act::Wait(time) => {
                let time = time.draw(self.values.rng());
                self.rest(Instant::now() + time).await.map(drop)
            }
            Act::Http(request) => self.request(request).await,
            Act::Stream { on, request } => self.stream(*on, request).await,
            Act::Close { on, code, within } => self.close(*on, *code, *within).await,
            // Played by their caller.
            Act::Send { .. } | Act::Expect(_) | Act::ExpectClose { .. } | Act::Repeat { .. } => Ok(()),
        }
    }

    async fn repeat(&mut self, times: u64, every: Option<Duration>, steps: &[Step]) -> Result<(), Trouble> {
        let (lateness, outer) = (self.lateness, self.values.round);
        let mut due = Instant::now();
        let mut free = due;
        for round in 0..times {
            if self.inbox.is_leaving() {
                break;
            }
            self.values.round = round;
            if let Some(every) = every {
                if self.rest(due).await? {
                    break;
                }
                let begun = Instant::now();
                self.lateness = lateness + begun.saturating_duration_since(due);
                let lag = Timing::unscheduled(due.max(free), begun);
                self.shared.recorder.success(Operation::SendLag, lag);
                due += every;
            } else if round % ROUNDS == ROUNDS - 1 {
                tokio::task::yield_now().await;
            }
            self.play(steps).await?;
            free = Instant::now();
        }
        (self.lateness, self.values.round) = (lateness, outer);
        Ok(())
    }

    async fn connect(&mut self, on: usize, within: Duration) -> Result<(), Trouble> {
        let book = std::sync::Arc::clone(&self.book);
        let Some(socket) = &book.script.channels[on].socket else {
            return Err(Trouble::wrong("not_open", "it is an event stream, which `sse` opens"));
        };
        // What was open before goes without ceremony.
        self.channels[on] = None;
        let path = self.path(&socket.path)?;
        let mut headers = self.headers(&socket.headers)?;
        if !socket.subprotocols.is_empty() {
            headers.push(("Sec-WebSocket-Protocol".to_owned(), socket.subprotocols.join(", ")));
        }
        if let Some(cookies) = self.caller.cookies() {
            headers.push(("Cookie".to_owned(), cookies));
        }
        let shared = std::sync::Arc::clone(&self.shared);
        let begun = Instant::now();
        let opened = async {
            let headers: Vec<(&str, &str)> =
                headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            open_bare(&shared.target, &shared.target.path(&path), &headers, within).await
        };
        let opened = self.beside(opened).await?;
        let recorder = &shared.recorder;
        let due = self.due(begun);
        match opened {
            Ok((link, connected, upgraded)) => {
                let up = begun + connected;
                recorder.success(Operation::Connect, Timing { due, begun, done: up });
                recorder.success(Operation::Upgrade, Timing::unscheduled(up, up + upgraded));
                self.channels[on] = Some(Channel::socket(link, up + upgraded));
                Ok(())
            }
            Err(error) => Err(Trouble::Broken(error)),
        }
    }

    async fn send(&mut self, on: usize, message: &Message) -> Result<(), Trouble> {
        let text = message.fill(&mut self.values).map_err(|name| Trouble::unset(&name))?;
        let patience = self.shared.scenario.patience.request;
        let now = Instant::now();
        let channel = self.channel(on)?;
        channel.asked = now;
        let link = channel.link()?;
        let sent = match (message, text) {
            (Message::Binary(bytes), _) => link.send_binary(bytes),
            (_, text) => link.send(&text.unwrap_or_default()),
        };
        if let Err(error) = sent {
            channel.broke(&error);
            return Err(Trouble::Broken(error));
        }
        self.shared.recorder.counters.sent.fetch_add(1, Relaxed);
        let taken = self.until(now + patience, |hands| {
            let waits = hands.channels[on].as_ref().is_some_and(Channel::is_waiting);
            (!waits).then_some(())
        });
        match taken.await? {
            Some(()) => Ok(()),
            None => Err(Trouble::Broken(LinkError::Timeout { what: "room to send", patience })),
        }
    }

    async fn close(&mut self, on: usize, code: u16, within: Duration) -> Result<(), Trouble> {
        let channel = self.channel(on)?;
        if !channel.is_open_socket() {
            // An event stream ends with its connection; what has ended is closed already.
            self.channels[on] = None;
            return Ok(());
        }
        let closing = channel.link()?.send_close(code);
        if let Err(error) = closing {
            self.channels[on] = None;
            return Err(Trouble::Broken(error));
        }
        let deadline = Instant::now() + within;
        let ended = self.until(deadline, |hands| hands.channels[on].as_ref()?.ended().cloned()).await;
        self.channels[on] = None;
        match ended? {
            None => Err(Trouble::Late(format!("no close frame within {within:?}"))),
            Some(LinkError::Closed { .. }) => Ok(()),
            Some(error) => Err(Trouble::wrong("wrong_close", format!("{error}, without a close frame"))),
        }
    }

    /// The same where it is open still, as a session ends: what the run's end cut short is no failure.
    pub(super) async fn close_quietly(&mut self, on: usize, within: Duration) -> Result<(), Trouble> {
        if !self.channels[on].as_ref().is_some_and(Channel::is_open_socket) {
            self.channels[on] = None;
            return Ok(());
        }
        match self.close(on, 1000, within).await {
            Err(Trouble::Cut) => Ok(()),
            closed => closed,
        }
    }

    async fn request(&mut self, request: &Request) -> Result<(), Trouble> {
        let call = self.call(request)?;
        let shared = std::sync::Arc::clone(&self.shared);
        let begun = Instant::now();
        let caller = std::mem::take(&mut self.caller);
        let (caller, answer) = self.beside(caller.call(&shared.target, call, request.within)).await?;
        self.caller = caller;
        self.book_dials(begun);
        let answer = answer.map_err(late_or_broken)?;
        shared.recorder.counters.received.fetch_add(1, Relaxed);
        self.judge_status(request, &answer)?;
        self.look(&request.look)
    }

    async fn stream(&mut self, on: usize, request: &Request) -> Result<(), Trouble> {
        let mut call = self.call(request)?;
        if !call.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("accept")) {
            call.headers.push(("Accept".to_owned(), "text/event-stream".to_owned()));
        }
        self.channels[on] = None;
        let shared = std::sync::Arc::clone(&self.shared);
        let begun = Instant::now();
        let caller = std::mem::take(&mut self.caller);
        let (caller, opened) = self.beside(caller.stream(&shared.target, call, request.within)).await?;
        self.caller = caller;
        self.book_dials(begun);
        match opened.map_err(late_or_broken)? {
            Ok(stream) => {
                self.channels[on] = Some(Channel::stream(stream, begun));
                Ok(())
            }
            Err(answer) => {
                shared.recorder.counters.received.fetch_add(1, Relaxed);
                self.judge_status(request, &answer)?;
                Err(Trouble::wrong("no_event_stream", "the answer is no text/event-stream"))
            }
        }
    }

    /// The request with its values, counted as sent.
    fn call(&mut self, request: &Request) -> Result<Call, Trouble> {
        let body = match &request.body {
            None => None,
            Some(message) => {
                let text = message.fill(&mut self.values).map_err(|name| Trouble::unset(&name))?;
                Some(match (message, text) {
                    (Message::Binary(bytes), _) => {
                        (Bytes::copy_from_slice(bytes), Some("application/octet-stream"))
                    }
                    (Message::Json(_), text) => {
                        (Bytes::from(text.unwrap_or_default()), Some("application/json"))
                    }
                    (Message::Text(_), text) => (Bytes::from(text.unwrap_or_default()), None),
                })
            }
        };
        let call = Call {
            method: request.method.clone(),
            path: self.path(&request.path)?,
            headers: self.headers(&request.headers)?,
            body,
        };
        self.shared.recorder.counters.sent.fetch_add(1, Relaxed);
        Ok(call)
    }

    fn book_dials(&mut self, begun: Instant) {
        for took in std::mem::take(&mut self.caller.connected) {
            self.shared.recorder.success(Operation::Connect, Timing::unscheduled(begun, begun + took));
        }
    }

    /// Keeps the answer as the last message; another status than the right one is an error of its own.
    fn judge_status(&mut self, request: &Request, answer: &Answer) -> Result<(), Trouble> {
        let text = String::from_utf8(answer.body.to_vec());
        let body = text.map_or_else(|error| Body::Binary(error.into_bytes()), Body::Text);
        self.last = Some(Incoming { at: Instant::now(), event: None, body });
        let right = match request.status.as_slice() {
            [] => (200..300).contains(&answer.status),
            any => any.contains(&answer.status),
        };
        match right {
            true => Ok(()),
            false => Err(Trouble::Wrong {
                code: format!("http_{}", answer.status).into(),
                text: format!("{} {}: status {}", request.method, self.path(&request.path)?, answer.status),
            }),
        }
    }

    fn path(&mut self, path: &Path) -> Result<String, Trouble> {
        let mut filled = path.path.fill(&mut self.values).map_err(|name| Trouble::unset(&name))?;
        let mut separator = if filled.contains('?') { '&' } else { '?' };
        for (name, value) in &path.query {
            let value = value.fill(&mut self.values).map_err(|name| Trouble::unset(&name))?;
            filled.push(separator);
            filled.push_str(&escape(name));
            filled.push('=');
            filled.push_str(&escape(&value));
            separator = '&';
        }
        // A value with a blank must not end the line of the request.
        match filled.contains(|c: char| c.is_control() || c == ' ') {
            false => Ok(filled),
            true => Err(Trouble::wrong("unusable_path", format!("{filled:?} can't be a path"))),
        }
    }

    fn headers(&mut self, headers: &[(String, Text)]) -> Result<Vec<(String, String)>, Trouble> {
        let values = &mut self.values;
        headers
            .iter()
            .map(|(name, value)| match value.fill(values) {
                Ok(value) => Ok((name.clone(), value)),
                Err(name) => Err(Trouble::unset(&name)),
            })
            .collect()
    }
}

/// A request that took too long leaves the session as it was; everything else took its connection along.
fn late_or_broken(error: LinkError) -> Trouble {
    match error {
        LinkError::Timeout { .. } => Trouble::Late(error.to_string()),
        other => Trouble::Broken(other),
    }
}
