//! Mistakes with compression on the doors of the application.

use serde_json::Value;

use crate::checks::ReasonCode;
use crate::checks::rfc7692::connection::{COMPRESSED, FIELD};
use crate::mutants::rfc7692::wire::Reader;
use crate::mutants::{Fault, FrameAction, Mutant, edit};
use crate::peer::{Frame, Message};

use super::traffic::{Rewrite, in_form_of, rewriter, value_of};

pub(super) fn mutants() -> Vec<Mutant> {
    [content(), bounds()].concat()
}

fn content() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "encoding.compressed-query-without-id",
            "the query_id of a compressed query is not read",
            "encoding.compressed-query",
            ReasonCode::Missing,
            || {
                rewriter(|_, message, mut value| {
                    if value["query_id"] != "compressed-1" || value["type"] != "query_result" {
                        return Rewrite::Pass;
                    }
                    value.as_object_mut().map(|fields| fields.remove("query_id"));
                    Rewrite::Frames(vec![in_form_of(message, &value)])
                })
            },
        ),
        Mutant::wire(
            "encoding.compressed-id-lost",
            "the id of a compressed ping comes back as another",
            "encoding.compressed-ping",
            ReasonCode::WrongValue,
            || {
                edit::edit_message("pong", |pong| {
                    if pong["id"] == "compressed" {
                        pong["id"] = "decompressed".into();
                    }
                })
            },
        ),
        Mutant::wire(
            "encoding.limit-of-compressed-octets",
            "the limit of a message counts compressed octets",
            "encoding.compressed-limit",
            ReasonCode::Accepted,
            || Filled {
                over: true,
                limit: usize::MAX,
                client: Reader::new(false),
                server: Reader::new(false),
            },
        ),
    ]
}

fn bounds() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "encoding.limit-off-by-one",
            "a compressed message of exactly the limit is refused",
            "encoding.compressed-under-limit",
            ReasonCode::Closed,
            || Filled {
                over: false,
                limit: usize::MAX,
                client: Reader::new(false),
                server: Reader::new(false),
            },
        ),
        Mutant::wire(
            "encoding.broken-other-code",
            "broken compressed data closes with 1002",
            "encoding.compressed-broken",
            ReasonCode::WrongCloseCode,
            || {
                edit::edit_close(|code, reason| {
                    let code = if code == 1007 { 1002 } else { code };
                    (code, reason.to_owned())
                })
            },
        ),
        Mutant::wire(
            "encoding.context-promised-by-nobody",
            "the answer to an offer does not say that nothing is taken over",
            "encoding.compressed-twice",
            ReasonCode::Missing,
            || {
                edit::edit_response(|request, response| {
                    let ours = request.target.contains("query") && response.field(FIELD).is_some();
                    if ours && response.status == 101 {
                        response.set_field(FIELD, Some("permessage-deflate; client_no_context_takeover"));
                    }
                })
            },
        ),
        Mutant::wire(
            "encoding.any-subprotocol",
            "the first subprotocol of a list is selected, whatever it is",
            "encoding.subprotocols-of-others",
            ReasonCode::Unexpected,
            || {
                edit::edit_response(|request, response| {
                    let offered = request.field("Sec-WebSocket-Protocol").unwrap_or_default();
                    if offered.starts_with("msgpack,") && response.status == 101 {
                        response.set_field("Sec-WebSocket-Protocol", Some("msgpack"));
                    }
                })
            },
        ),
    ]
}

/// A filled ping is taken although it is over the limit, or refused although it is not.
struct Filled {
    over: bool,
    limit: usize,
    client: Reader,
    server: Reader,
}

impl Fault for Filled {
    fn watches_client(&self) -> bool {
        true
    }

    fn on_server_frame(&mut self, frame: &Frame) -> FrameAction {
        let value = self.server.push(frame).and_then(|read| value_of(&read.message));
        let limit =
            value.and_then(|value| value.pointer("/limits/max_message_bytes").and_then(Value::as_u64));
        if let Some(limit) = limit.and_then(|limit| usize::try_from(limit).ok()) {
            self.limit = limit;
        }
        FrameAction::Pass
    }

    fn on_client_frame(&mut self, frame: &Frame) -> FrameAction {
        let compressed = frame.rsv & COMPRESSED != 0;
        let size = self.client.push(frame).map_or(0, |read| match read.message {
            Message::Text(text) => text.len(),
            _ => 0,
        });
        let other = if compressed && self.over && size > self.limit {
            Frame::text(r#"{"type":"ping","id":"filled"}"#)
        } else if compressed && !self.over && size == self.limit {
            Frame::text([0x07]).rsv(COMPRESSED)
        } else {
            return FrameAction::Bytes(frame.encode());
        };
        FrameAction::Bytes(other.masked([5, 5, 5, 5]).encode())
    }
}
