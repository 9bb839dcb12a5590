//! Writing messages: the fields once, then each dialect's envelope around the same text.

use bytes::Bytes;
use serde::Serialize;

use super::Dialect;
use super::error::Code;
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

/// A message ready to be sent in either dialect. Cheap to clone; clones share the text.
#[derive(Debug, Clone)]
pub struct Message {
    name: &'static str,
    wrap: Wrap,
    terminal: bool,
    /// Length of the members that the envelope of the typed dialect repeats: ids and timestamp.
    head: u32,
    /// The named dialect's frame, and where in it the text begins.
    frame: Bytes,
    text_at: u8,
}

/// Longest header of an unmasked frame.
const HEADER_ROOM: usize = 10;

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
        let mut buffer = String::with_capacity(HEADER_ROOM + 256);
        // Room for the frame's header, so that frame and text share one allocation.
        buffer.push_str("0000000000");
        buffer.push_str(OPEN);
        buffer.push_str(M::NAME);
        buffer.push_str("\",");
        let start = buffer.len();
        let ids = members(ids);
        if !ids.is_empty() {
            buffer.push_str(&ids);
            buffer.push(',');
        }
        buffer.push_str("\"timestamp\":\"");
        buffer.push_str(&WireTime::now().to_string());
        buffer.push('"');
        let head = buffer.len() - start;
        for part in [stamp.map(members), Some(members(body))].into_iter().flatten() {
            if !part.is_empty() {
                buffer.push(',');
                buffer.push_str(&part);
            }
        }
        buffer.push('}');
        let terminal =
            stamp.is_some() && matches!(M::NAME, "query_result" | "query_cancelled" | "error" | "chat_reply");
        let (frame, text_at) = framed(buffer);
        // Ids and a timestamp are far below 4 GiB.
        Self {
            name: M::NAME,
            wrap: M::WRAP,
            terminal,
            head: u32::try_from(head).unwrap_or(0),
            frame,
            text_at,
        }
    }

    /// Name of the message.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Whether it tells how things go, which a client that takes batches may learn a moment later.
    #[must_use]
    pub fn may_wait(&self) -> bool {
        matches!(
            self.name,
            "progress_update" | "partial_result" | "agent_status" | "system_metrics" | "belief_state"
        )
    }

    /// Code of an `error`.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        #[derive(serde::Deserialize)]
        struct Coded {
            code: Code,
        }
        let coded: Option<Coded> =
            (self.name == "error").then(|| serde_json::from_slice(&self.named()).ok())?;
        coded.map(|coded| coded.code)
    }

    /// Length of the named text, bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.frame.len() - usize::from(self.text_at)
    }

    /// Text in the named dialect, which is also what REST answers.
    #[must_use]
    pub fn named(&self) -> Bytes {
        self.frame.slice(usize::from(self.text_at)..)
    }

    /// The form that depends on the audience collapses to one where it makes no difference.
    #[must_use]
    pub const fn audience(&self, dialect: Dialect, asker: bool) -> Audience {
        match dialect {
            Dialect::Typed if asker && self.terminal => Audience::Asker,
            _ => Audience::Other,
        }
    }

    /// A text frame in `dialect`, ready for the socket.
    #[must_use]
    pub fn frame(&self, dialect: Dialect, audience: Audience) -> Bytes {
        match dialect {
            Dialect::Typed => self.typed(audience).unwrap_or_else(|| self.frame.clone()),
            Dialect::Named => self.frame.clone(),
        }
    }

    /// The typed envelope, where it differs from the named text.
    fn typed(&self, audience: Audience) -> Option<Bytes> {
        let asker = self.terminal && audience == Audience::Asker;
        let (open, close) = match self.wrap {
            Wrap::Same => return None,
            Wrap::Event if asker && self.name == "error" => return None,
            Wrap::Event if asker => ("\"response\"".to_owned(), "\"result\""),
            Wrap::Event => (format!("\"event\",\"event_name\":\"{}\"", self.name), "\"payload\""),
            Wrap::Broadcast => (format!("\"broadcast\",\"event_name\":\"{}\"", self.name), "\"payload\""),
        };
        let text = &self.frame[usize::from(self.text_at)..];
        let members = &text[OPEN.len() + self.name.len() + 2..text.len() - 1];
        let head = &members[..self.head as usize];
        let mut out = Vec::with_capacity(HEADER_ROOM + members.len() + head.len() + 80);
        out.extend_from_slice(&[0; HEADER_ROOM]);
        out.extend_from_slice(b"{\"type\":");
        for part in [open.as_bytes(), b",", head, b",", close.as_bytes(), b":{", members, b"}}"] {
            out.extend_from_slice(part);
        }
        Some(framed(out).0)
    }
}

/// Puts the header of an unmasked, final text frame before the text, which begins at [`HEADER_ROOM`].
fn framed(buffer: impl Into<Vec<u8>>) -> (Bytes, u8) {
    let mut buffer = buffer.into();
    let length = buffer.len() - HEADER_ROOM;
    let mut header = [0; HEADER_ROOM];
    header[0] = 0x81;
    let used = match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ 0..=125), _) => {
            header[1] = short;
            2
        }
        (_, Ok(medium)) => {
            header[1] = 126;
            header[2..4].copy_from_slice(&medium.to_be_bytes());
            4
        }
        _ => {
            header[1] = 127;
            header[2..10].copy_from_slice(&(length as u64).to_be_bytes());
            HEADER_ROOM
        }
    };
    let start = HEADER_ROOM - used;
    buffer[start..HEADER_ROOM].copy_from_slice(&header[..used]);
    buffer.shrink_to_fit();
    let text_at = u8::try_from(used).unwrap_or(0);
    (Bytes::from(buffer).slice(start..), text_at)
}

/// Several messages as one, common to both dialects.
#[must_use]
pub fn batch(texts: &[Bytes]) -> Bytes {
    let size = texts.iter().map(|text| text.len() + 1).sum::<usize>();
    let mut out = Vec::with_capacity(size + 80);
    out.extend_from_slice(b"{\"type\":\"batch\",\"timestamp\":\"");
    out.extend_from_slice(WireTime::now().to_string().as_bytes());
    out.extend_from_slice(b"\",\"messages\":[");
    for (at, text) in texts.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        out.extend_from_slice(text);
    }
    out.extend_from_slice(b"]}");
    out.into()
}

/// What is in a whole frame of the server.
#[must_use]
pub fn payload(frame: &Bytes) -> Bytes {
    let header = match frame.get(1) {
        Some(126) => 4,
        Some(127) => HEADER_ROOM,
        _ => 2,
    };
    frame.slice(header.min(frame.len())..)
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
    use crate::wire::error::Failure;
    use crate::wire::identity::TransactionId;
    use crate::wire::server::{Pong, QueryCancelled, RunStatus, ServerShuttingDown, TerminalError};

    fn ids(value: &Value) -> Ids {
        Ids::read(value.as_object().unwrap_or(&Map::new())).0
    }

    fn stamp() -> Stamp {
        Stamp { session_id: SessionId::random(), epoch: Epoch::random(), offset: 7 }
    }

    fn parsed(message: &Message, dialect: Dialect, audience: Audience) -> Value {
        let frame = message.frame(dialect, audience);
        assert_eq!(frame[0], 0x81);
        serde_json::from_slice(&payload(&frame)).unwrap()
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
        let body =
            TerminalError { transaction_id: TransactionId::random(), failure, progress_events: Vec::new() };
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
