//! A session's book: every event any of its sockets was told, under its offset.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::checks::{ReasonCode, Step, ensure, fail, field};
use crate::peer::shorten;

/// How a query ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Completed,
    Failed,
    Cancelled,
}

impl End {
    /// As a status of the protocol.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    fn of(name: &str) -> Option<Self> {
        match name {
            "query_result" | "chat_reply" => Some(Self::Completed),
            "query_cancelled" => Some(Self::Cancelled),
            "error" => Some(Self::Failed),
            _ => None,
        }
    }
}

/// What is remembered of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) offset: u64,
    pub(super) name: String,
    pub(super) transaction: String,
    /// All it says, but what may differ from client to client: the ids that were given, and when it was sent.
    content: Map<String, Value>,
}

/// Fields that are not of the event itself.
const APART: [&str; 5] = ["type", "id", "query_id", "correlation_id", "timestamp"];

impl Event {
    /// The event in `message`; `None` for what is none, such as the acceptance of a repeated query.
    pub(super) fn of(message: &Value) -> Step<Option<Self>> {
        let name = field::name(message);
        let named = matches!(
            name,
            "query_accepted"
                | "progress_update"
                | "partial_result"
                | "query_result"
                | "query_cancelled"
                | "chat_reply"
                | "database_context_changed"
        );
        let failed =
            name == "error" && message.get("transaction_id").is_some() && message.get("offset").is_some();
        if !(named || failed) || message["duplicate"] == true {
            return Ok(None);
        }
        let offset = field::integer(message, "offset")?;
        let transaction = message["transaction_id"].as_str().unwrap_or_default().to_owned();
        let mut content = message.as_object().cloned().unwrap_or_default();
        content.retain(|name, _| !APART.contains(&name.as_str()));
        Ok(Some(Self { offset, name: name.to_owned(), transaction, content }))
    }

    /// Where `other` tells something else.
    fn difference(&self, other: &Self) -> Option<String> {
        if (&self.name, &self.transaction) != (&other.name, &other.transaction) {
            return Some(format!("{} of {}", self.name, self.transaction));
        }
        let mut names = self.content.keys().chain(other.content.keys());
        let differs = names.find(|name| self.content.get(*name) != other.content.get(*name))?;
        let before = self.content.get(differs).map_or_else(|| "none".to_owned(), Value::to_string);
        Some(format!("{differs} {}", shorten(&before, 200)))
    }

    pub(super) fn end(&self) -> Option<End> {
        End::of(&self.name)
    }
}

/// What is known of one session.
#[derive(Debug)]
pub(super) struct Book {
    /// Its id.
    pub(super) id: String,
    /// Its epoch, once somebody joined.
    pub(super) epoch: Option<String>,
    events: BTreeMap<u64, Event>,
    ends: BTreeMap<String, (u64, End)>,
    /// Transactions that were accepted.
    accepted: BTreeSet<String>,
    /// Transactions whose cancelling was confirmed.
    cancelled: BTreeSet<String>,
    /// Transactions that run and were paused once: whether they were told to go on, commands that nobody waited
    /// for leave open.
    pub(super) paused: BTreeSet<String>,
    /// Transactions that were commanded by somebody who did not wait: answers come in any order.
    pub(super) contested: BTreeSet<String>,
    /// Whether its only client is the one that opened it: nobody can come back to it.
    pub(super) private: bool,
}

impl Book {
    pub(super) fn new(id: String) -> Self {
        Self {
            id,
            epoch: None,
            events: BTreeMap::new(),
            ends: BTreeMap::new(),
            accepted: BTreeSet::new(),
            cancelled: BTreeSet::new(),
            paused: BTreeSet::new(),
            contested: BTreeSet::new(),
            private: false,
        }
    }

    /// Holds the epoch a socket was told against what is known.
    pub(super) fn epoch_is(&mut self, epoch: &str) -> Step {
        let known = self.epoch.get_or_insert_with(|| epoch.to_owned());
        ensure(known == epoch, ReasonCode::WrongValue, &format!("epoch {known:?} of the session"), epoch)
    }

    /// Writes an event down; it must be what others were told under its offset, and in its place.
    pub(super) fn record(&mut self, event: &Event, message: &Value) -> Step {
        let session = field::text(message, "session_id")?;
        if session != self.id {
            return fail(ReasonCode::Leak, "events of the socket's own session", message.to_string());
        }
        self.epoch_is(field::text(message, "epoch")?)?;
        if let Some(known) = self.events.get(&event.offset) {
            let Some(before) = known.difference(event) else { return Ok(()) };
            let what = format!("under offset {} what was told before: {before}", event.offset);
            return fail(ReasonCode::WrongValue, what, message.to_string());
        }
        if !event.transaction.is_empty() {
            self.in_its_place(event)?;
        }
        self.events.insert(event.offset, event.clone());
        Ok(())
    }

    fn in_its_place(&mut self, event: &Event) -> Step {
        let Event { offset, name, transaction, .. } = event;
        let of_it = |found: &&Event| found.transaction == *transaction;
        let earlier = self.events.range(..offset).map(|(_, found)| found).any(|found| of_it(&found));
        let later = self.events.range(offset + 1..).map(|(_, found)| found).any(|found| of_it(&found));
        if name == "query_accepted" {
            self.accepted.insert(transaction.clone());
            ensure(
                !earlier,
                ReasonCode::WrongOrder,
                "query_accepted before all else of its query",
                format!("{event:?}"),
            )?;
        }
        if let Some((end, _)) = self.ends.get(transaction) {
            if event.end().is_some() {
                let what = format!("one end of {transaction}, at offset {end}");
                return fail(ReasonCode::Duplicate, what, format!("another at {offset}"));
            }
            let what = format!("nothing of {transaction} behind its end at {end}");
            ensure(offset < end, ReasonCode::Unexpected, &what, format!("{event:?}"))?;
        }
        let Some(end) = event.end() else { return Ok(()) };
        ensure(
            !later,
            ReasonCode::WrongOrder,
            "the end of a query behind all else of it",
            format!("{event:?}"),
        )?;
        if self.cancelled.contains(transaction) && end != End::Cancelled {
            let what = format!("query_cancelled for {transaction}, as its command was answered");
            return fail(ReasonCode::WrongValue, what, format!("{event:?}"));
        }
        self.paused.remove(transaction);
        self.ends.insert(transaction.clone(), (*offset, end));
        Ok(())
    }

    /// How a transaction ended, as far as anybody was told.
    pub(super) fn end_of(&self, transaction: &str) -> Option<End> {
        self.ends.get(transaction).map(|(_, end)| *end)
    }

    /// The offset of the end of a transaction.
    pub(super) fn end_offset(&self, transaction: &str) -> Option<u64> {
        self.ends.get(transaction).map(|(offset, _)| *offset)
    }

    /// From now on the transaction must end as cancelled.
    pub(super) fn must_be_cancelled(&mut self, transaction: &str) {
        self.cancelled.insert(transaction.to_owned());
        self.paused.remove(transaction);
    }

    /// A transaction that must be accepted and end.
    pub(super) fn begun(&mut self, transaction: &str) {
        self.accepted.insert(transaction.to_owned());
    }

    /// The transactions nobody was told the end of.
    pub(super) fn running(&self) -> Vec<String> {
        self.accepted.iter().filter(|transaction| !self.ends.contains_key(*transaction)).cloned().collect()
    }

    /// The newest offset anybody was told.
    pub(super) fn newest(&self) -> u64 {
        self.events.last_key_value().map_or(0, |(offset, _)| *offset)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::Stop;

    fn told(book: &mut Book, offset: u64, name: &str) -> Option<ReasonCode> {
        let message =
            json!({"type": name, "offset": offset, "epoch": "e", "session_id": "s", "transaction_id": "t"});
        let event = Event::of(&message).unwrap().unwrap();
        match book.record(&event, &message) {
            Ok(()) => None,
            Err(Stop::Violation(violation)) => Some(violation.code),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_query_in_order_is_fine_told_in_any_order() {
        let mut book = Book::new("s".to_owned());
        for (offset, name) in [
            (3, "progress_update"),
            (1, "query_accepted"),
            (4, "query_result"),
            (2, "progress_update"),
            (4, "query_result"),
        ] {
            assert_eq!(told(&mut book, offset, name), None);
        }
        assert_eq!((book.end_of("t"), book.newest(), book.running().len()), (Some(End::Completed), 4, 0));
    }

    #[test]
    fn an_event_that_is_told_again_says_the_same() {
        let message = |rows: u64, id: &str, at: &str| {
            json!({"type": "query_result", "offset": 1, "epoch": "e", "session_id": "s", "transaction_id": "t",
                "row_count": rows, "id": id, "timestamp": at})
        };
        let mut book = Book::new("s".to_owned());
        for (message, holds) in [
            (message(3, "a", "10:00"), true),
            (message(3, "b", "10:01"), true),
            (message(4, "a", "10:00"), false),
        ] {
            let event = Event::of(&message).unwrap().unwrap();
            assert_eq!(book.record(&event, &message).is_ok(), holds, "{message}");
        }
    }

    #[test]
    fn what_can_not_be_is_told() {
        for (events, code) in [
            (vec![(1, "query_accepted"), (1, "progress_update")], ReasonCode::WrongValue),
            (vec![(1, "progress_update"), (2, "query_accepted")], ReasonCode::WrongOrder),
            (vec![(1, "query_accepted"), (2, "query_result"), (3, "query_result")], ReasonCode::Duplicate),
            (
                vec![(1, "query_accepted"), (2, "query_result"), (3, "progress_update")],
                ReasonCode::Unexpected,
            ),
            (
                vec![(1, "query_accepted"), (3, "progress_update"), (2, "query_result")],
                ReasonCode::WrongOrder,
            ),
        ] {
            let mut book = Book::new("s".to_owned());
            let found: Vec<_> =
                events.iter().filter_map(|(offset, name)| told(&mut book, *offset, name)).collect();
            assert_eq!(found, [code], "{events:?}");
        }
    }
}
