//! One connection as it passes: requests, answers, and messages behind an upgrade.

use std::collections::VecDeque;
use std::sync::Arc;

use super::frames::{Frames, Whole};
use super::head::{Body, Framing, Head, LONGEST};
use super::seen::{Log, Payload, What};
use crate::generic::EventParser;

/// Longest body that is written down.
const LONGEST_BODY: usize = 256 * 1024;

/// What one direction is in the middle of.
enum Side {
    /// Lines of a head so far.
    Head(Vec<u8>),
    /// A body, with what of it is kept.
    Body { head: Head, body: Body, kept: Vec<u8> },
    /// The events of a stream.
    Events { body: Body, parser: EventParser },
    /// Messages.
    Frames(Frames),
    /// Nobody knows: it passes unread.
    Unread,
}

impl Side {
    fn new() -> Self {
        Self::Head(Vec::new())
    }
}

/// One connection.
pub(super) struct Exchange {
    line: usize,
    authority: String,
    log: Arc<Log>,
    client: Side,
    server: Side,
    /// Methods of requests without an answer; the last may ask for an upgrade.
    asked: VecDeque<String>,
}

impl Exchange {
    pub(super) fn new(line: usize, authority: &str, log: Arc<Log>) -> Self {
        let (client, server) = (Side::new(), Side::new());
        Self { line, authority: authority.to_owned(), log, client, server, asked: VecDeque::new() }
    }

    /// Bytes of the client, as they go on to the target.
    pub(super) fn client_says(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut passed = Vec::with_capacity(bytes.len());
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            at += match std::mem::replace(&mut self.client, Side::Unread) {
                Side::Head(held) => self.client_head(held, rest, &mut passed),
                Side::Body { head, mut body, mut kept } => {
                    let (count, whole) = body.feed(rest, &mut |bytes| keep(&mut kept, bytes));
                    passed.extend_from_slice(&rest[..count]);
                    if whole {
                        self.request(&head, kept);
                    } else {
                        self.client = Side::Body { head, body, kept };
                    }
                    count
                }
                Side::Frames(mut frames) => {
                    passed.extend_from_slice(rest);
                    frames.feed(rest, |whole| self.log.put(self.line, seen(whole, true)));
                    self.client = Side::Frames(frames);
                    rest.len()
                }
                other @ (Side::Unread | Side::Events { .. }) => {
                    passed.extend_from_slice(rest);
                    self.client = other;
                    rest.len()
                }
            };
        }
        passed
    }

    /// A part of a request's head; it goes on when it is whole.
    fn client_head(&mut self, mut held: Vec<u8>, bytes: &[u8], passed: &mut Vec<u8>) -> usize {
        let before = held.len();
        held.extend_from_slice(bytes);
        let Some(end) = end_of_head(&held) else {
            if held.len() > LONGEST {
                passed.append(&mut held);
            } else {
                self.client = Side::Head(held);
            }
            return bytes.len();
        };
        let head = &held[..end];
        let Some(parsed) = Head::parse(&head[..head.len() - 4]) else {
            passed.extend_from_slice(&held);
            return bytes.len();
        };
        passed.extend(Head::towards(head, &self.authority));
        self.asked.push_back(parsed.first[0].clone());
        match parsed.framing_of_request() {
            Framing::Length(0) => self.request(&parsed, Vec::new()),
            framing => {
                self.client = Side::Body { head: parsed, body: Body::new(framing), kept: Vec::new() };
            }
        }
        end - before
    }

    fn request(&mut self, head: &Head, body: Vec<u8>) {
        let [method, path, _] = head.first.clone();
        self.log.put(self.line, What::Request { method, path, headers: head.fields.clone(), body });
        // What comes behind an upgrade is sent only after its answer.
        self.client = Side::new();
    }

    /// Bytes of the target; they pass as they are.
    pub(super) fn server_says(&mut self, bytes: &[u8]) {
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            at += match std::mem::replace(&mut self.server, Side::Unread) {
                Side::Head(held) => self.server_head(held, rest),
                Side::Body { head, mut body, mut kept } => {
                    let (count, whole) = body.feed(rest, &mut |bytes| keep(&mut kept, bytes));
                    if whole {
                        self.answer(&head, kept);
                    } else {
                        self.server = Side::Body { head, body, kept };
                    }
                    count
                }
                Side::Events { mut body, mut parser } => {
                    let (line, log) = (self.line, &self.log);
                    let mut lost = false;
                    let (count, whole) = body.feed(rest, &mut |bytes| {
                        let fed = parser.feed(bytes, |event| {
                            let payload = Payload::Text(event.data);
                            log.put(line, What::Heard { event: Some(event.name), payload });
                        });
                        lost |= fed.is_err();
                    });
                    self.server = match (lost, whole) {
                        (true, _) => Side::Unread,
                        (false, true) => Side::new(),
                        (false, false) => Side::Events { body, parser },
                    };
                    count
                }
                Side::Frames(mut frames) => {
                    frames.feed(rest, |whole| self.log.put(self.line, seen(whole, false)));
                    self.server = Side::Frames(frames);
                    rest.len()
                }
                Side::Unread => rest.len(),
            };
        }
    }

    /// The target ends its side: an answer that had no length is whole.
    pub(super) fn server_ended(&mut self) {
        if let Side::Body { head, body: Body::UntilEnd, kept } =
            std::mem::replace(&mut self.server, Side::Unread)
        {
            self.answer(&head, kept);
            self.server = Side::Unread;
        }
    }

    fn server_head(&mut self, mut held: Vec<u8>, bytes: &[u8]) -> usize {
        let before = held.len();
        held.extend_from_slice(bytes);
        let Some(end) = end_of_head(&held) else {
            if held.len() <= LONGEST {
                self.server = Side::Head(held);
            }
            return bytes.len();
        };
        let Some(head) = Head::parse(&held[..end - 4]) else { return bytes.len() };
        match head.status() {
            101 => {
                self.asked.pop_front();
                self.log.put(self.line, What::Upgraded);
                self.client = Side::Frames(Frames::default());
                self.server = Side::Frames(Frames::default());
                return end - before;
            }
            // The answer is still to come.
            100..=199 => {
                self.server = Side::new();
                return end - before;
            }
            _ => {}
        }
        let method = self.asked.pop_front().unwrap_or_default();
        let framing = head.framing_of_answer(&method);
        let kind = head.field("Content-Type").unwrap_or_default().to_ascii_lowercase();
        if kind.starts_with("text/event-stream") {
            let (status, headers) = (head.status(), head.fields);
            self.log.put(self.line, What::Response { status, headers, body: None, is_stream: true });
            self.server = Side::Events { body: Body::new(framing), parser: EventParser::default() };
        } else if framing == Framing::Length(0) {
            self.answer(&head, Vec::new());
        } else {
            self.server = Side::Body { head, body: Body::new(framing), kept: Vec::new() };
        }
        end - before
    }

    fn answer(&mut self, head: &Head, body: Vec<u8>) {
        let plain =
            head.field("Content-Encoding").is_none_or(|coding| coding.eq_ignore_ascii_case("identity"));
        let body = plain.then_some(body);
        let (status, headers) = (head.status(), head.fields.clone());
        self.log.put(self.line, What::Response { status, headers, body, is_stream: false });
        self.server = Side::new();
    }
}

fn end_of_head(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4)
}

fn keep(kept: &mut Vec<u8>, bytes: &[u8]) {
    let room = LONGEST_BODY.saturating_sub(kept.len());
    kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
}

fn seen(whole: Whole, by_client: bool) -> What {
    match whole {
        Whole::Message(payload) if by_client => What::Sent(payload),
        Whole::Message(payload) => What::Heard { event: None, payload },
        Whole::Close(code) => What::Closed { by_client, code },
    }
}
