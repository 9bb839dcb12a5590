//! Writing messages: the fields once, then each dialect's envelope around the same text.

use serde::Serialize;

use super::Dialect;
use super::identity::{Epoch, Ids, SessionId};
use super::server::{ServerMessage, Wrap};
use super::time::WireTime;

/// What makes a message an event of its session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stamp {
    /// Session it belongs to.
    pub session_id: SessionId,
    /// Life of the session.
    pub epoch: Epoch,
    /// Place in the order of that life, from 1.
    pub offset: u64,
}

/// To whom a terminal message of the typed dialect goes: its asker gets a `response`, others an `event`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Audience {
    /// The connection that asked.
    Asker,
    /// Any other.
    Other,
}

/// A message ready to be sent in either dialect.
#[derive(Debug, Clone)]
pub struct Message {
    name: &'static str,
    wrap: Wrap,
    terminal: bool,
    /// Length of the members that the envelope of the typed dialect repeats: ids and timestamp.
    head: usize,
    /// The named dialect's text.
    named: String,
}

const OPEN: &str = "{\"type\":\"";

impl Message {
    /// Writes `body` with the `ids` of its cause.
    #[must_use]
    pub fn new<M: ServerMessage>(ids: &Ids, body: &M) -> Self {
        Self::build(ids, None, body)
    }

    /// Writes `body` as an event of a session.
    #[must_use]
    pub fn event<M: ServerMessage>(ids: &Ids, stamp: &Stamp, body: &M) -> Self {
        Self::build(ids, Some(stamp), body)
    }

    fn build<M: ServerMessage>(ids: &Ids, stamp: Option<&Stamp>, body: &M) -> Self {
        let mut named = String::with_capacity(256);
        named.push_str(OPEN);
        named.push_str(M::NAME);
        named.push_str("\",");
        let start = named.len();
        let ids = members(ids);
        if !ids.is_empty() {
            named.push_str(&ids);
            named.push(',');
        }
        named.push_str("\"timestamp\":\"");
        named.push_str(&WireTime::now().to_string());
        named.push('"');
        let head = named.len() - start;
        for part in [stamp.map(members), Some(members(body))].into_iter().flatten() {
            if !part.is_empty() {
                named.push(',');
                named.push_str(&part);
            }
        }
        named.push('}');
        let terminal = stamp.is_some() && matches!(M::NAME, "query_result" | "query_cancelled" | "error");
        Self { name: M::NAME, wrap: M::WRAP, terminal, head, named }
    }

    /// Name of the message.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Text in the named dialect, which is also what REST answers.
    #[must_use]
    pub fn named(&self) -> &str {
        &self.named
    }

    /// The form that depends on the audience collapses to one where it makes no difference.
    #[must_use]
    pub const fn audience(&self, dialect: Dialect, asker: bool) -> Audience {
        match dialect {
            Dialect::Typed if asker && self.terminal => Audience::Asker,
            _ => Audience::Other,
        }
    }

    /// Text in `dialect`.
    #[must_use]
    pub fn text(&self, dialect: Dialect, audience: Audience) -> std::borrow::Cow<'_, str> {
        match dialect {
            Dialect::Named => std::borrow::Cow::Borrowed(&self.named),
            Dialect::Typed => self.typed(audience),
        }
    }

    fn typed(&self, audience: Audience) -> std::borrow::Cow<'_, str> {
        let members = &self.named[OPEN.len() + self.name.len() + 2..self.named.len() - 1];
        let head = &members[..self.head];
        let text = match (self.wrap, audience) {
            (Wrap::Same, _) => return std::borrow::Cow::Borrowed(&self.named),
            (Wrap::Event, Audience::Asker) if self.terminal => {
                if self.name == "error" {
                    return std::borrow::Cow::Borrowed(&self.named);
                }
                format!("{{\"type\":\"response\",{head},\"result\":{{{members}}}}}")
            }
            (Wrap::Event, _) => self.wrapped("event", head, members),
            (Wrap::Broadcast, _) => self.wrapped("broadcast", head, members),
        };
        std::borrow::Cow::Owned(text)
    }

    fn wrapped(&self, kind: &str, head: &str, members: &str) -> String {
        let name = self.name;
        format!("{{\"type\":\"{kind}\",\"event_name\":\"{name}\",{head},\"payload\":{{{members}}}}}")
    }
}

/// The members of an object, without its braces.
fn members(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string(value).expect("messages have text keys and finite numbers");
    debug_assert!(text.starts_with('{') && text.ends_with('}'), "a message is an object");
    text.pop();
    text.remove(0);
    text
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::*;
    use crate::wire::error::{Code, Failure};
    use crate::wire::identity::TransactionId;
    use crate::wire::server::{Pong, QueryCancelled, RunStatus, ServerShuttingDown, TerminalError};

    fn ids(value: &Value) -> Ids {
        Ids::read(value.as_object().unwrap_or(&Map::new())).0
    }

    fn stamp() -> Stamp {
        Stamp { session_id: SessionId::random(), epoch: Epoch::random(), offset: 7 }
    }

    fn parsed(message: &Message, dialect: Dialect, audience: Audience) -> Value {
        serde_json::from_str(&message.text(dialect, audience)).unwrap()
    }

    fn cancelled() -> QueryCancelled {
        QueryCancelled { transaction_id: TransactionId::random(), status: RunStatus::Cancelled }
    }

    #[test]
    fn both_dialects_show_the_same_fields() {
        let message = Message::event(&ids(&json!({"id":"a\"b","query_id":3})), &stamp(), &cancelled());
        let mut named = parsed(&message, Dialect::Named, Audience::Other);
        let event = parsed(&message, Dialect::Typed, Audience::Other);
        let response = parsed(&message, Dialect::Typed, Audience::Asker);
        assert_eq!(named["type"], "query_cancelled");
        named.as_object_mut().unwrap().shift_remove("type");
        assert_eq!(event["payload"], named);
        assert_eq!(event["event_name"], "query_cancelled");
        assert_eq!(response["result"], named);
        for envelope in [&event, &response] {
            assert_eq!(envelope["id"], "a\"b");
            assert_eq!(envelope["query_id"], 3);
            assert_eq!(envelope["timestamp"], named["timestamp"]);
            assert_eq!(envelope.get("correlation_id"), None);
        }
        assert_eq!(named["offset"], 7);
    }

    #[test]
    fn errors_and_pongs_are_the_same_in_both() {
        let failure = Failure::new(Code::NotFound, "no such transaction");
        for message in
            [Message::new(&Ids::default(), &failure), Message::new(&ids(&json!({"id":1})), &Pong {})]
        {
            let named = parsed(&message, Dialect::Named, Audience::Other);
            assert_eq!(named, parsed(&message, Dialect::Typed, Audience::Other));
        }
    }

    #[test]
    fn a_terminal_error_is_flat_for_its_asker_and_an_event_for_others() {
        let failure = Failure::rejected("not_understood", "not understood");
        let body = TerminalError { transaction_id: TransactionId::random(), failure };
        let message = Message::event(&Ids::default(), &stamp(), &body);
        assert_eq!(parsed(&message, Dialect::Typed, Audience::Asker)["code"], "QUERY_REJECTED");
        let event = parsed(&message, Dialect::Typed, Audience::Other);
        assert_eq!(event["event_name"], "error");
        assert_eq!(event["payload"]["details"]["reason"], "not_understood");
    }

    #[test]
    fn a_broadcast_is_named_in_one_dialect_and_wrapped_in_the_other() {
        let body = ServerShuttingDown { drain_ms: 30_000, reconnect_after_ms: 12 };
        let message = Message::new(&Ids::default(), &body);
        assert_eq!(parsed(&message, Dialect::Named, Audience::Other)["type"], "server_shutting_down");
        let typed = parsed(&message, Dialect::Typed, Audience::Other);
        assert_eq!(typed["type"], "broadcast");
        assert_eq!(typed["payload"]["drain_ms"], 30_000);
    }
}
