//! What was seen, put together: requests with their answers, connections with their messages.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde_json::Value;

use super::super::seen::{Payload, Seen, What};

/// One thing the user or the server did.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Draft {
    pub(super) at: Duration,
    /// When it was over; a request with its answer.
    pub(super) ended: Duration,
    pub(super) kind: Kind,
}

/// What was done.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Connect { channel: usize, request: Request },
    Send { channel: usize, payload: Payload },
    Heard { channel: usize, event: Option<String>, payload: Payload },
    Http { request: Request, status: u16, body: Option<Vec<u8>> },
    Stream { channel: usize, request: Request, status: u16 },
    Close { channel: usize, by_client: bool, code: u16 },
}

/// A request as it was sent.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Request {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(field, _)| field.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

impl Draft {
    /// The connection it is about.
    pub(super) fn channel(&self) -> Option<usize> {
        match &self.kind {
            Kind::Connect { channel, .. }
            | Kind::Send { channel, .. }
            | Kind::Heard { channel, .. }
            | Kind::Stream { channel, .. }
            | Kind::Close { channel, .. } => Some(*channel),
            Kind::Http { .. } => None,
        }
    }

    /// Hands every text that the client says here to `take`.
    pub(super) fn said(&self, take: &mut dyn FnMut(&str)) {
        match &self.kind {
            Kind::Connect { request, .. } | Kind::Http { request, .. } | Kind::Stream { request, .. } => {
                for part in request.path.split(['/', '?', '&', '=']) {
                    take(part);
                }
                for (_, value) in &request.headers {
                    take(value.strip_prefix("Bearer ").unwrap_or(value));
                }
                if let Ok(json) = serde_json::from_slice(&request.body) {
                    texts(&json, take);
                }
            }
            Kind::Send { payload, .. } => {
                if let Some(json) = payload.json() {
                    texts(&json, take);
                }
            }
            Kind::Heard { .. } | Kind::Close { .. } => {}
        }
    }

    /// The JSON that the server says here.
    pub(super) fn answer(&self) -> Option<Value> {
        match &self.kind {
            Kind::Heard { payload, .. } => payload.json(),
            Kind::Http { body, .. } => serde_json::from_slice(body.as_deref()?).ok(),
            _ => None,
        }
    }
}

/// Hands every text in `value`, and every number as text, to `take`.
fn texts(value: &Value, take: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) => take(text),
        Value::Number(number) => take(&number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| texts(item, take)),
        Value::Object(fields) => fields.values().for_each(|value| texts(value, take)),
        Value::Null | Value::Bool(_) => {}
    }
}

/// What is open on one of the client's connections.
#[derive(Default)]
struct Line {
    /// Requests without an answer: when, and what.
    asked: VecDeque<(Duration, Request)>,
    /// The channel it became.
    channel: Option<usize>,
}

/// Puts together what was seen. Requests that were never answered are left out.
pub(super) fn drafts(seen: &[Seen]) -> Vec<Draft> {
    let mut lines: BTreeMap<usize, Line> = BTreeMap::new();
    let mut next = 0;
    let mut drafts: Vec<Draft> = Vec::new();
    for Seen { at, line, what } in seen {
        let line = lines.entry(*line).or_default();
        let mut put = |begun: Duration, kind: Kind| drafts.push(Draft { at: begun, ended: *at, kind });
        match what {
            What::Request { method, path, headers, body } => {
                let (method, path) = (method.clone(), path.clone());
                let request = Request { method, path, headers: headers.clone(), body: body.clone() };
                line.asked.push_back((*at, request));
            }
            What::Response { status, body, is_stream, .. } => {
                let Some((begun, request)) = line.asked.pop_front() else { continue };
                let (status, body) = (*status, body.clone());
                if *is_stream {
                    line.channel = Some(next);
                    put(begun, Kind::Stream { channel: next, request, status });
                    next += 1;
                } else {
                    put(begun, Kind::Http { request, status, body });
                }
            }
            What::Upgraded => {
                let Some((begun, request)) = line.asked.pop_front() else { continue };
                line.channel = Some(next);
                put(begun, Kind::Connect { channel: next, request });
                next += 1;
            }
            What::Sent(payload) => {
                if let Some(channel) = line.channel {
                    put(*at, Kind::Send { channel, payload: payload.clone() });
                }
            }
            What::Heard { event, payload } => {
                if let Some(channel) = line.channel {
                    let (event, payload) = (event.clone(), payload.clone());
                    put(*at, Kind::Heard { channel, event, payload });
                }
            }
            What::Closed { by_client, code } => {
                if let Some(channel) = line.channel {
                    put(*at, Kind::Close { channel, by_client: *by_client, code: *code });
                }
            }
        }
    }
    // In the order in which they were begun: an answer may come after what was done meanwhile.
    drafts.sort_by_key(|draft| draft.at);
    drafts
}
