//! One client: an agent of a session, over all the connections it has one after the other.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tokio::time::Instant;

use crate::checks::{Deadline, Peer, ReasonCode, Step, fail, field, now};
use crate::peer::{EventKind, Message};

use super::book::{Book, End, Event};
use super::moves::judge_command;
use super::script::{Action, DoorKind};

/// What a client has sent and did not wait for.
#[derive(Debug, Clone)]
pub(super) enum Pending {
    /// A query, by its number.
    Ask(u8),
    /// A command to a transaction, and how that had ended, as far as anybody was told.
    Command(String, Option<End>, Action),
    Ping,
    Heartbeat,
}

impl Pending {
    /// True when `message` answers it.
    fn is_answered_by(&self, message: &Value) -> bool {
        let name = field::name(message);
        match self {
            Self::Ask(_) => matches!(name, "query_accepted" | "error"),
            Self::Command(..) => matches!(name, "command_result" | "error"),
            Self::Ping => name == "pong",
            Self::Heartbeat => name == "heartbeat_response",
        }
    }
}

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
    /// What it did not wait for, by id.
    pub(super) pending: BTreeMap<String, Pending>,
    /// Numbers and transactions of queries that were accepted later.
    pub(super) accepted: Vec<(u8, String)>,
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
            pending: BTreeMap::new(),
            accepted: Vec::new(),
        }
    }

    /// A new connection, which is told everything from `last` on.
    pub(super) fn connected(&mut self, peer: Peer, last: u64) {
        self.peer = Some(peer);
        self.pending.clear();
        self.last = last;
        self.seen_at = Instant::now();
        (self.progress, self.results, self.gap) = (true, true, false);
    }

    /// True when it is told every event.
    pub(super) fn sees_all(&self) -> bool {
        self.progress && self.results
    }

    /// Messages of this name that answer nothing that was not waited for; `id` is where they say what they answer.
    pub(super) fn other_than_pending(
        &self,
        name: &'static str,
        id: &'static str,
    ) -> impl Fn(&Value) -> bool + use<> {
        let pending: BTreeSet<String> = self.pending.keys().cloned().collect();
        move |value| field::name(value) == name && !value[id].as_str().is_some_and(|id| pending.contains(id))
    }

    /// Its connection is gone; what it did not wait for may have been done or not.
    pub(super) fn gone(&mut self) -> Option<Peer> {
        self.pending.clear();
        self.peer.take()
    }

    /// Judges the answer to what was not waited for, if `message` is one.
    fn settle(&mut self, book: &mut Book, message: &Value) -> Step {
        let id = message["id"].as_str().or_else(|| message["correlation_id"].as_str()).unwrap_or_default();
        let Some(pending) = self.pending.get(id).filter(|pending| pending.is_answered_by(message)).cloned()
        else {
            return Ok(());
        };
        self.pending.remove(id);
        match pending {
            Pending::Ask(query) => {
                if field::name(message) == "error" {
                    return fail(ReasonCode::Refused, "query_accepted", message.to_string());
                }
                let transaction = field::text(message, "transaction_id")?.to_owned();
                book.begun(&transaction);
                self.asked.insert(transaction.clone());
                self.accepted.push((query, transaction));
                Ok(())
            }
            Pending::Command(transaction, before, action) => {
                judge_command(book, &transaction, before, action, message).map(|_| ())
            }
            Pending::Ping => Ok(()),
            Pending::Heartbeat => field::integer(message, "top").map(|_| ()),
        }
    }

    /// Judges a message that nobody waits for, and remembers it.
    pub(super) fn observe(&mut self, book: &mut Book, message: &Value) -> Step {
        self.settle(book, message)?;
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
                        self.observe(book, &self.named(value))?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Sends a message, in the dialect of its door; a client that has no connection sends nothing.
    pub(super) async fn send(&self, message: &Value) {
        let Some(peer) = &self.peer else { return };
        let mut message = message.clone();
        if self.door == DoorKind::Typed {
            message["timestamp"] = Value::from(now());
        }
        peer.send(&message).await;
    }

    /// A message of its door as the named dialect has it.
    fn named(&self, mut message: Value) -> Value {
        if self.door != DoorKind::Typed {
            return message;
        }
        let (name, fields) = match message["type"].as_str() {
            Some("event") => (message["event_name"].take(), message["payload"].take()),
            Some("response") => {
                let cancelled = message["result"]["status"] == "cancelled";
                let name = if cancelled { "query_cancelled" } else { "query_result" };
                (Value::from(name), message["result"].take())
            }
            _ => return message,
        };
        let mut flat = fields;
        if let (Some(flat), Some(message)) = (flat.as_object_mut(), message.as_object_mut()) {
            flat.insert("type".to_owned(), name);
            for id in ["id", "query_id", "correlation_id", "timestamp"] {
                if let Some(given) = message.remove(id) {
                    flat.insert(id.to_owned(), given);
                }
            }
        }
        flat
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
            let message = self.named(message);
            if accept(&message) {
                return Ok(message);
            }
            self.observe(book, &message)?;
        }
    }
}
