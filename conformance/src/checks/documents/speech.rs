//! What is said at a door, as the AsyncAPI document describes it.

use std::sync::OnceLock;

use jsonschema::{Draft, Validator};
use serde_json::Value;

use crate::checks::{Context, ReasonCode, Step, Stop, fail, field};
use crate::target::Door;

use super::address::fit;
use super::document::{Document, Part, faults, place};

/// Who speaks. The document is the server's own: what it sends is said by the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaker {
    /// The server.
    Server,
    /// Its clients.
    Client,
}

impl Speaker {
    /// What the server does when this one speaks.
    pub(super) fn action(self) -> &'static str {
        match self {
            Self::Server => "send",
            Self::Client => "receive",
        }
    }
}

/// The channels whose address is that of `path`; exact addresses before those with parameters.
pub(super) fn channels<'a>(document: &'a Document, path: &str) -> Vec<Part<'a>> {
    let all = document.root().get("channels").map(|channels| channels.members()).unwrap_or_default();
    let fitting = all.into_iter().filter_map(|(_, channel)| {
        let channel = channel.followed()?;
        Some((fit(channel.text("address")?, path)?, channel))
    });
    let mut fitting: Vec<_> = fitting.collect();
    let best = fitting.iter().map(|(fit, _)| *fit).max();
    fitting.retain(|(fit, _)| Some(*fit) == best);
    fitting.into_iter().map(|(_, channel)| channel).collect()
}

/// The operations on a channel with this action.
pub(super) fn operations<'a>(channel: &Part<'a>, action: Option<&str>) -> Vec<Part<'a>> {
    let all = channel.document().root().get("operations").map(|all| all.members()).unwrap_or_default();
    let operations = all.into_iter().filter_map(|(_, operation)| operation.followed());
    let here = |operation: &Part<'a>| {
        let of = operation.get("channel").is_some_and(|found| found.pointer() == channel.pointer());
        of && action.is_none_or(|action| operation.text("action") == Some(action))
    };
    operations.filter(here).collect()
}

/// Key and message of all that `part`, an operation or a channel, lists.
pub(super) fn listed<'a>(part: &Part<'a>) -> Vec<(String, Part<'a>)> {
    let messages = part.get("messages").map(|messages| messages.members()).unwrap_or_default();
    let found = messages.into_iter().filter_map(|(key, message)| {
        // The items of an operation are references whose last segment is the key.
        let reference = message.text("$ref").and_then(|reference| reference.rsplit('/').next());
        let key = reference.map_or(key, str::to_owned);
        Some((key, message.followed()?))
    });
    found.collect()
}

/// The messages that may be said by one side at a door.
#[derive(Debug)]
pub(super) struct Speech<'a> {
    /// Where, for people.
    place: String,
    messages: Vec<Described<'a>>,
}

/// One message.
#[derive(Debug)]
struct Described<'a> {
    /// What it is called, in small letters and digits.
    called: Vec<String>,
    pointer: String,
    /// Its payload and what that is written in; none takes anything.
    payload: Option<(Part<'a>, Draft)>,
    schema: OnceLock<Validator>,
}

impl<'a> Speech<'a> {
    /// What `speaker` may say at `door`.
    pub(super) fn of(cx: &Context, document: &'a Document, door: &Door, speaker: Speaker) -> Step<Self> {
        Self::at(document, &cx.target().doors.path(door), speaker)
    }

    /// The same of the door at `path`.
    pub(super) fn at(document: &'a Document, path: &str, speaker: Speaker) -> Step<Self> {
        let channels = channels(document, path);
        if channels.is_empty() {
            return fail(ReasonCode::Missing, format!("a channel whose address is {path}"), "none");
        }
        let mut messages = Vec::new();
        for channel in &channels {
            let spoken = operations(channel, Some(speaker.action()));
            let unsaid = spoken.is_empty() && operations(channel, None).is_empty();
            let own = spoken.iter().filter(|operation| operation.raw("messages").is_some());
            let mut found: Vec<_> = own.flat_map(listed).collect();
            // Operations may be left out, and so may their messages: then it is all those of the channel.
            if unsaid || spoken.iter().any(|operation| operation.raw("messages").is_none()) {
                found.extend(listed(channel));
            }
            for (key, message) in found {
                messages.push(Described::of(&key, &message)?);
            }
        }
        Ok(Self { place: format!("{} of {path}", speaker.action()), messages })
    }

    /// A message must be one of them; a batch, and all that is in it.
    pub(super) fn judge(&self, message: &Value) -> Step {
        if message["type"] == "batch" {
            for inside in message["messages"].as_array().into_iter().flatten() {
                self.judge(inside)?;
            }
        }
        let name = field::name(message);
        let mut order: Vec<&Described<'_>> = self.messages.iter().collect();
        order.sort_by_key(|described| described.distance(name));
        let mut nearest: Option<(usize, String)> = None;
        for described in order {
            let (count, text) = described.faults(message)?;
            if count == 0 {
                return Ok(());
            }
            let nearer = nearest.as_ref().is_none_or(|(least, _)| count < *least);
            if nearer && described.distance(name) < STRANGE {
                nearest = Some((count, format!("at {}: {text}", place(&described.pointer))));
            }
        }
        match nearest {
            Some((_, text)) => fail(ReasonCode::WrongValue, format!("{name} as it is described"), text),
            None => {
                let expected = format!("{name} among the messages that {}", self.place);
                fail(ReasonCode::Missing, expected, message.to_string())
            }
        }
    }

    /// True when a message is one of them.
    pub(super) fn describes(&self, message: &Value) -> Step<bool> {
        for described in &self.messages {
            if described.faults(message)?.0 == 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Distance of a description that is called something else.
const STRANGE: usize = usize::MAX;

/// A name without what people put between and around words.
fn bare(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|char| char.to_ascii_lowercase()).collect()
}

impl<'a> Described<'a> {
    fn of(key: &str, message: &Part<'a>) -> Step<Self> {
        let called = [Some(key), message.text("name"), message.text("title")];
        Ok(Self {
            called: called.into_iter().flatten().map(bare).collect(),
            pointer: message.pointer().to_owned(),
            payload: payload(message)?,
            schema: OnceLock::new(),
        })
    }

    /// How far its names are from that of a message: 0 when it is the same, more when there is more in them.
    fn distance(&self, name: &str) -> usize {
        let name = bare(name);
        let near = self.called.iter().filter(|called| called.contains(&name));
        near.map(|called| called.len() - name.len()).min().unwrap_or(STRANGE)
    }

    fn faults(&self, message: &Value) -> Step<(usize, String)> {
        let Some((payload, draft)) = &self.payload else { return Ok((0, String::new())) };
        let schema = match self.schema.get() {
            Some(schema) => schema,
            None => {
                let schema = payload.schema(*draft)?;
                self.schema.get_or_init(|| schema)
            }
        };
        Ok(faults(schema, message))
    }
}

/// The payload of a message, and what it is written in.
pub(super) fn payload<'a>(message: &Part<'a>) -> Step<Option<(Part<'a>, Draft)>> {
    let Some(payload) = message.raw("payload") else { return Ok(None) };
    let Some(found) = payload.clone().followed() else {
        return fail(ReasonCode::Missing, format!("what {} refers to", payload.pointer()), "nothing");
    };
    match (found.text("schemaFormat"), found.raw("schema")) {
        (Some(format), Some(schema)) => Ok(Some((schema, draft_of(format)?))),
        _ => Ok(Some((payload, message.document().kind().draft()))),
    }
}

/// What a schema of this format is written in.
fn draft_of(format: &str) -> Step<Draft> {
    let known = [
        ("2020-12", Draft::Draft202012),
        ("2019-09", Draft::Draft201909),
        ("draft-07", Draft::Draft7),
        ("draft-06", Draft::Draft6),
        ("draft-04", Draft::Draft4),
        ("aai.asyncapi", Draft::Draft7),
        ("oai.openapi+json;version=3.1", Draft::Draft202012),
        ("schema+json", Draft::Draft7),
    ];
    match known.iter().find(|(part, _)| format.contains(part)) {
        Some((_, draft)) => Ok(*draft),
        None => Err(Stop::Harness(format!("payloads of the format {format:?} can't be judged here"))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::document::Kind;
    use super::*;
    use crate::checks::Violation;

    fn document() -> Document {
        let pong = json!({"required": ["id"], "properties": {"type": {"const": "pong"}}});
        let newer = json!({"schemaFormat": "application/schema+json;version=2020-12", "schema": {"prefixItems": [true]}});
        let message = |key: &str| json!({"$ref": format!("#/components/messages/{key}")});
        Document::made(
            Kind::Messages,
            json!({
                "channels": {
                    "door": {"address": "/ws/door", "messages": {"pong": message("Pong"), "ask": message("Ask")}},
                    "one": {"address": "/ws/door/{id}", "messages": {"pong": message("Pong")}},
                },
                "operations": {
                    "tell": {"action": "send", "channel": {"$ref": "#/channels/door"},
                             "messages": [{"$ref": "#/channels/door/messages/pong"}]},
                    "hear": {"action": "receive", "channel": {"$ref": "#/channels/door"},
                             "messages": [{"$ref": "#/channels/door/messages/ask"}]},
                },
                "components": {
                    "messages": {"Pong": {"payload": {"$ref": "#/components/schemas/Pong"}}, "Ask": {"payload": newer}},
                    "schemas": {"Pong": pong},
                },
            }),
        )
    }

    fn code(step: Step) -> Option<ReasonCode> {
        match step {
            Err(Stop::Violation(Violation { code, .. })) => Some(code),
            _ => None,
        }
    }

    #[test]
    fn what_each_side_says_is_apart() {
        let document = document();
        let server = Speech::at(&document, "/ws/door", Speaker::Server).unwrap();
        let client = Speech::at(&document, "/ws/door", Speaker::Client).unwrap();
        assert_eq!((server.messages.len(), client.messages.len()), (1, 1));
        assert_eq!(code(server.judge(&json!({"type": "pong", "id": 1}))), None);
        assert_eq!(code(server.judge(&json!({"type": "pong"}))), Some(ReasonCode::WrongValue));
        assert_eq!(code(server.judge(&json!({"type": "other", "id": 1}))), Some(ReasonCode::Missing));
        assert!(client.describes(&json!({"type": "ask"})).unwrap());
    }

    #[test]
    fn without_operations_a_channel_has_all_its_messages() {
        let document = document();
        let found = Speech::at(&document, "/ws/door/x", Speaker::Server).unwrap();
        assert_eq!(found.messages.len(), 1);
        assert_eq!(
            code(Speech::at(&document, "/ws", Speaker::Server).map(|_| ())),
            Some(ReasonCode::Missing)
        );
    }

    #[test]
    fn all_in_a_batch_is_judged() {
        let document = document();
        let server = Speech::at(&document, "/ws/door", Speaker::Server).unwrap();
        let batch = json!({"type": "batch", "messages": [{"type": "pong"}]});
        assert_eq!(code(server.judge(&batch)), Some(ReasonCode::WrongValue));
    }

    #[test]
    fn formats_nobody_here_reads_are_no_fault_of_the_target() {
        assert!(matches!(draft_of("application/vnd.apache.avro;version=1.9.0"), Err(Stop::Harness(_))));
        assert!(matches!(draft_of("application/schema+yaml;version=draft-07"), Ok(Draft::Draft7)));
    }
}
