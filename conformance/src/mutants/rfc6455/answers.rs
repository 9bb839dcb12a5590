//! Mutants of what is in answers, and of handshakes in pieces.

use crate::checks::ReasonCode;
use crate::checks::rfc6455::{KEY_BEHIND_LINE, KEY_OF_HALVES, KEY_OF_OCTETS};
use crate::mutants::{Action, Fault, Mutant, Out, Reply, edit};
use crate::peer::{Message, Request, Response};

pub(super) fn mutants() -> Vec<Mutant> {
    [fields(), unasked(), refusals(), other_methods(), bodies(), pieces(), behind()].concat()
}

/// A change of every 101.
fn switched(
    id: &'static str,
    description: &'static str,
    check: &'static str,
    reason: ReasonCode,
    change: fn(&Request, &mut Response),
) -> Mutant {
    answered(id, description, check, reason, move |request, response| {
        if response.status == 101 {
            change(request, response);
        }
    })
}

fn answered<F>(
    id: &'static str,
    description: &'static str,
    check: &'static str,
    reason: ReasonCode,
    change: F,
) -> Mutant
where
    F: Fn(&Request, &mut Response) + Clone + Send + Sync + 'static,
{
    Mutant::wire(id, description, check, reason, move || edit::edit_response(change.clone()))
}

fn fields() -> Vec<Mutant> {
    vec![
        switched(
            "opening.answer-without-upgrade",
            "the 101 has no Upgrade",
            "opening.answer-upgrade",
            ReasonCode::Missing,
            |_, response| response.set_field("Upgrade", None),
        ),
        switched(
            "opening.answer-other-connection",
            "the 101 says Connection: keep-alive",
            "opening.answer-connection",
            ReasonCode::WrongValue,
            |_, response| response.set_field("Connection", Some("keep-alive")),
        ),
        switched(
            "opening.answer-second-accept",
            "the 101 has a second Sec-WebSocket-Accept",
            "opening.answer-accept-once",
            ReasonCode::Duplicate,
            |_, response| response.headers.push(("Sec-WebSocket-Accept".to_owned(), "AAAA".to_owned())),
        ),
        switched(
            "opening.answer-accept-of-sample",
            "the accept value is the one of the example of the RFC, whatever the key",
            "opening.answer-accept-of-each-key",
            ReasonCode::WrongValue,
            |_, response| response.set_field("Sec-WebSocket-Accept", Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")),
        ),
        switched(
            "opening.answer-of-http-1-0",
            "the 101 is of HTTP/1.0",
            "opening.answer-status-line",
            ReasonCode::WrongValue,
            |_, response| "HTTP/1.0".clone_into(&mut response.version),
        ),
        switched(
            "opening.answer-with-length",
            "the 101 has Content-Length: 0",
            "opening.answer-without-length",
            ReasonCode::Unexpected,
            |_, response| response.set_field("Content-Length", Some("0")),
        ),
    ]
}

fn unasked() -> Vec<Mutant> {
    let protocol = "Sec-WebSocket-Protocol";
    let extensions = "Sec-WebSocket-Extensions";
    let select =
        |id, description, check, name: &'static str, value: &'static str, offer: Option<&'static str>| {
            answered(id, description, check, ReasonCode::Unexpected, move |request, response| {
                if response.status == 101 && request.field(name) == offer {
                    response.set_field(name, Some(value));
                }
            })
        };
    vec![
        select(
            "opening.subprotocol-of-its-own",
            "a subprotocol is selected though none is offered",
            "opening.answer-without-subprotocol",
            protocol,
            "house.v1",
            None,
        ),
        select(
            "opening.extension-of-its-own",
            "an extension is selected though none is offered",
            "opening.answer-without-extension",
            extensions,
            "permessage-deflate",
            None,
        ),
        select(
            "opening.subprotocol-not-offered",
            "a subprotocol is selected that is not among those offered",
            "opening.answer-offered-subprotocol",
            protocol,
            "third.v1",
            Some("first.v1, second.v1"),
        ),
        select(
            "opening.unknown-extension-taken",
            "an extension is selected because it is offered",
            "opening.answer-unknown-extension",
            extensions,
            "x-unheard-of",
            Some("x-unheard-of; a=b"),
        ),
    ]
}

fn refusals() -> Vec<Mutant> {
    vec![
        answered(
            "opening.version-kept-secret",
            "the refusal of another version does not say which is known",
            "opening.version-named",
            ReasonCode::Missing,
            |_, response| response.set_field("Sec-WebSocket-Version", None),
        ),
        answered(
            "opening.version-is-400",
            "another version is refused with 400",
            "opening.version-is-426",
            ReasonCode::WrongStatus,
            |request, response| {
                if request.field("Sec-WebSocket-Version") == Some("99") {
                    response.status = 400;
                }
            },
        ),
        answered(
            "opening.key-is-server-error",
            "a handshake without a key is answered by 500",
            "opening.key-is-client-error",
            ReasonCode::WrongStatus,
            |request, response| {
                if request.field("Sec-WebSocket-Key").is_none() {
                    response.status = 500;
                }
            },
        ),
        answered(
            "opening.no-host-is-403",
            "a handshake without Host is refused with 403",
            "opening.no-host-is-400",
            ReasonCode::WrongStatus,
            |request, response| {
                if request.field("Host").is_none() {
                    response.status = 403;
                }
            },
        ),
        answered(
            "opening.two-hosts-is-421",
            "a handshake with two Hosts is refused with 421",
            "opening.two-hosts-is-400",
            ReasonCode::WrongStatus,
            |request, response| {
                if request.values("Host").count() == 2 {
                    response.status = 421;
                }
            },
        ),
        answered(
            "opening.plain-get-unnamed",
            "a 426 does not say what to upgrade to",
            "opening.plain-get-upgrade-named",
            ReasonCode::Missing,
            |_, response| {
                if response.status == 426 {
                    response.set_field("Upgrade", None);
                }
            },
        ),
        answered(
            "opening.methods-unnamed",
            "a 405 does not say which methods are allowed",
            "opening.allowed-methods-named",
            ReasonCode::Missing,
            |_, response| {
                if response.status == 405 {
                    response.set_field("Allow", None);
                }
            },
        ),
    ]
}

fn other_methods() -> Vec<Mutant> {
    vec![
        served("opening.post-served", "a handshake by POST is served", "opening.method-post-status", "POST"),
        served("opening.put-served", "a handshake by PUT is served", "opening.method-put-status", "PUT"),
        served(
            "opening.delete-served",
            "a handshake by DELETE is served",
            "opening.method-delete-status",
            "DELETE",
        ),
        served("opening.small-get-served", "get is taken for GET", "opening.method-small-status", "get"),
    ]
}

/// A handshake by `method` is answered as if it were a request for something.
fn served(id: &'static str, description: &'static str, check: &'static str, method: &'static str) -> Mutant {
    answered(id, description, check, ReasonCode::WrongStatus, move |request, response| {
        if request.method == method {
            response.status = 200;
        }
    })
}

/// The body of a handshake stays where it is when `field` is not looked at.
fn body_left(
    id: &'static str,
    description: &'static str,
    check: &'static str,
    field: &'static str,
    left: fn(Vec<u8>) -> Vec<u8>,
) -> Mutant {
    Mutant::wire(id, description, check, ReasonCode::WrongValue, move || BodyLeft { field, left })
}

struct BodyLeft {
    field: &'static str,
    left: fn(Vec<u8>) -> Vec<u8>,
}

impl Fault for BodyLeft {
    fn on_request(&mut self, request: &Request) -> Reply {
        match request.field(self.field) {
            Some(_) => Reply::Rewrite(request.clone().without(self.field)),
            None => Reply::Pass,
        }
    }

    fn overhears_client(&self) -> bool {
        true
    }

    fn on_client_bytes(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        (self.left)(bytes)
    }
}

/// Chunks are read, but what is in them is left to be read again.
fn without_chunks(bytes: Vec<u8>) -> Vec<u8> {
    let end = b"\r\n0\r\n\r\n";
    let Some(at) = bytes.windows(end.len()).position(|window| window == end) else { return bytes };
    let begin = bytes.windows(2).position(|window| window == b"\r\n").map_or(0, |at| at + 2);
    [&bytes[begin..at.max(begin)], &bytes[at + end.len()..]].concat()
}

fn bodies() -> Vec<Mutant> {
    vec![
        body_left(
            "opening.body-is-frames",
            "the body of a handshake is taken for frames",
            "opening.body-with-length",
            "Content-Length",
            |bytes| bytes,
        ),
        body_left(
            "opening.chunks-are-frames",
            "what is in the chunks of a handshake is taken for frames",
            "opening.body-chunked",
            "Transfer-Encoding",
            without_chunks,
        ),
    ]
}

fn pieces() -> Vec<Mutant> {
    let refuse = |id, description, check, key: &'static str| {
        Mutant::wire(id, description, check, ReasonCode::WrongStatus, move || {
            edit::on_request(move |request: &Request| match request.field("Sec-WebSocket-Key") {
                Some(got) if got == key => Reply::Answer(Response::new(400, "Bad Request", "")),
                _ => Reply::Pass,
            })
        })
    };
    vec![
        refuse(
            "opening.octet-is-a-request",
            "what one read brings is taken for a whole request",
            "opening.in-octets",
            KEY_OF_OCTETS,
        ),
        refuse(
            "opening.half-is-a-request",
            "half a request is taken for a whole one",
            "opening.in-halves",
            KEY_OF_HALVES,
        ),
        answered(
            "opening.empty-line-is-a-request",
            "an empty line before a request is taken for one",
            "opening.behind-empty-line",
            ReasonCode::WrongStatus,
            |request, response| {
                // The proxy can't read such a request either.
                if request.method.is_empty() || request.field("Sec-WebSocket-Key") == Some(KEY_BEHIND_LINE) {
                    response.status = 400;
                }
            },
        ),
    ]
}

/// A message of the client that is lost when its text is this.
fn lost(
    id: &'static str,
    description: &'static str,
    check: &'static str,
    reason: ReasonCode,
    text: &'static str,
) -> Mutant {
    Mutant::wire(id, description, check, reason, move || {
        edit::client_messages(move |message| match message {
            Message::Text(got) if got == text => Action::drop(),
            _ => Action::Pass,
        })
    })
}

fn behind() -> Vec<Mutant> {
    vec![
        lost(
            "opening.first-frame-lost",
            "what came behind the request is thrown away with its buffer",
            "opening.frame-behind",
            ReasonCode::Missing,
            "behind the request",
        ),
        lost(
            "opening.second-frame-lost",
            "of frames behind the request one is lost",
            "opening.frames-behind",
            ReasonCode::WrongValue,
            "second behind",
        ),
        Mutant::wire(
            "opening.frames-behind-swapped",
            "of frames behind the request the second is answered before the first",
            "opening.frames-behind-in-order",
            ReasonCode::WrongValue,
            || {
                edit::server_messages(|message| match message {
                    Message::Text(text) if text == "early, first" => Action::drop(),
                    Message::Text(text) if text == "early, second" => {
                        let first = Message::Text("early, first".to_owned());
                        Action::Do(vec![Out::Client(message.clone()), Out::Client(first)])
                    }
                    _ => Action::Pass,
                })
            },
        ),
        Mutant::wire(
            "opening.first-close-lost",
            "a close frame behind the request is passed over",
            "opening.close-behind",
            ReasonCode::Missing,
            || {
                edit::client_messages(|message| match message {
                    Message::Close(Some((_, reason))) if reason == "behind the request" => Action::drop(),
                    _ => Action::Pass,
                })
            },
        ),
        Mutant::wire(
            "opening.second-handshake-answered",
            "a request on an upgraded connection is answered as if it were the first",
            "opening.twice",
            ReasonCode::Accepted,
            || {
                edit::server_messages(|message| match message {
                    Message::Close(_) => {
                        Action::Do(vec![Out::Client(Message::Text("HTTP/1.1 101".to_owned()))])
                    }
                    _ => Action::Pass,
                })
            },
        ),
    ]
}
