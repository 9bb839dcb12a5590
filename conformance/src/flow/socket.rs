//! One client: an agent of a session, over all the connections it has one after the other.

use std::collections::BTreeSet;

use serde_json::Value;
use tokio::time::Instant;

use crate::checks::{Deadline, Peer, ReasonCode, Step, fail};
use crate::peer::{EventKind, Message};

use super::book::{Book, Event};
use super::script::DoorKind;

/// A client.
#[derive(Debug)]
pub(super) struct Socket {
    pub(super) session: u8,
    pub(super) agent: String,
    pub(super) door: DoorKind,
    /// Its connection, while it has one.
    pub(super) peer: Option<Peer>,
    /// The newest offset it has seen, or was told when it came.
    pub(super) last: u64,
    /// When that was.
    pub(super) seen_at: Instant,
    /// Whether it is told of progress.
    pub(super) progress: bool,
    /// Whether it is told of acceptances and ends.
    pub(super) results: bool,
    /// True when events may be missing before the next: it was not subscribed to all.
    pub(super) gap: bool,
    /// Transactions it asked for.
    pub(super) asked: BTreeSet<String>,
    /// Those whose end it has seen.
    pub(super) ends: BTreeSet<String>,
    /// Those it asked for again: their end comes again, under its old offset.
    pub(super) repeated: BTreeSet<String>,
}

impl Socket {
    pub(super) fn new(session: u8, agent: String, door: DoorKind) -> Self {
        Self {
            session,
            agent,
            door,
            peer: None,
            last: 0,
            seen_at: Instant::now(),
            progress: true,
            results: true,
            gap: false,
            asked: BTreeSet::new(),
            ends: BTreeSet::new(),
            repeated: BTreeSet::new(),
        }
    }

    /// A new connection, which is told everything from `last` on.
    pub(super) fn connected(&mut self, peer: Peer, last: u64) {
        self.peer = Some(peer);
        self.last = last;
        self.seen_at = Instant::now();
        (self.progress, self.results, self.gap) = (true, true, false);
    }

    /// True when it is told every event.
    pub(super) fn sees_all(&self) -> bool {
        self.progress && self.results
    }

    /// Judges a message that is no answer to anything, and remembers it.
    pub(super) fn observe(&mut self, book: &mut Book, message: &Value) -> Step {
        let Some(event) = Event::of(message)? else { return Ok(()) };
        book.record(&event, message)?;
        let ended = event.end().is_some();
        if ended {
            self.ends.insert(event.transaction.clone());
        }
        if ended && event.offset <= self.last && self.repeated.contains(&event.transaction) {
            return Ok(());
        }
        let next = self.last + 1;
        if event.offset < next {
            let expected = format!("offset {next} or more, each event once");
            return fail(ReasonCode::Duplicate, expected, message.to_string());
        }
        if self.sees_all() && !self.gap && event.offset > next {
            return fail(ReasonCode::Lost, format!("the event with offset {next}"), message.to_string());
        }
        if !self.progress && event.name == "progress_update" {
            let expected = "no progress for one who unsubscribed from it";
            return fail(ReasonCode::Unexpected, expected, message.to_string());
        }
        self.last = event.offset;
        self.seen_at = Instant::now();
        self.gap = false;
        Ok(())
    }

    /// Takes what has come and waits for nothing. A connection must not end by itself.
    pub(super) fn drain<'a>(&'a mut self, book: &'a mut Book) -> impl Future<Output = Step> + 'a {
        self.read_until(book, Instant::now(), |_| false)
    }

    /// Takes what comes until `end`, or until `done`.
    pub(super) async fn read_until(
        &mut self,
        book: &mut Book,
        end: Instant,
        done: impl Fn(&Self) -> bool,
    ) -> Step {
        while !done(self) {
            let Some(peer) = &mut self.peer else { return Ok(()) };
            let Some(event) = peer.next_event(end).await else { return Ok(()) };
            match event.kind {
                EventKind::Message(message @ Message::Close(_)) => {
                    return fail(ReasonCode::Closed, "an open connection", message.to_string());
                }
                EventKind::End(_) => {
                    return fail(ReasonCode::Closed, "an open connection", "the end of the connection");
                }
                EventKind::Fault(fault) => {
                    return fail(ReasonCode::Malformed, "a message", fault.to_string());
                }
                EventKind::Message(message) => {
                    if let Some(value) = message.to_json() {
                        self.observe(book, &value)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Sends a message; a client that has no connection sends nothing.
    pub(super) async fn send(&self, message: &Value) {
        if let Some(peer) = &self.peer {
            peer.send(message).await;
        }
    }

    /// The message that `accept`s; events before it are judged as they come.
    pub(super) async fn answer(
        &mut self,
        book: &mut Book,
        what: &str,
        deadline: Deadline,
        accept: impl Fn(&Value) -> bool,
    ) -> Step<Value> {
        loop {
            let Some(peer) = &mut self.peer else {
                return fail(ReasonCode::Closed, what, "no connection");
            };
            let message = peer.next_json(what, deadline).await?.value;
            if accept(&message) {
                return Ok(message);
            }
            self.observe(book, &message)?;
        }
    }
}
