//! MessagePack for those who did not ask for it, or not for those who did.

use serde_json::Value;

use crate::checks::{ReasonCode, field};
use crate::mutants::{Action, Fault, Mutant, edit};
use crate::peer::msgpack::{from_msgpack, to_msgpack};
use crate::peer::{Frame, Message, Opcode};

use super::traffic::{Rewrite, rewriter};

pub(super) fn mutants() -> Vec<Mutant> {
    [packed(), unpacked()].concat()
}

fn packed() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "encoding.binary-for-all",
            "large messages are MessagePack for every client",
            "encoding.text-without-msgpack",
            ReasonCode::Unexpected,
            || packed_for(false),
        ),
        Mutant::wire(
            "encoding.binary-on-compressed-doors",
            "large messages are MessagePack where compression was agreed",
            "encoding.text-on-compressed-doors",
            ReasonCode::Unexpected,
            || packed_for(true),
        ),
        Mutant::wire(
            "encoding.large-as-text",
            "of the large messages only the first is MessagePack",
            "encoding.large-as-msgpack",
            ReasonCode::WrongType,
            || {
                let mut first = true;
                rewriter(move |client, message, value| match message {
                    Message::Binary(_) if client.is(false, &["msgpack"]) && !std::mem::take(&mut first) => {
                        Rewrite::Frames(vec![Frame::text(value.to_string())])
                    }
                    _ => Rewrite::Pass,
                })
            },
        ),
        Mutant::wire(
            "encoding.small-as-binary",
            "progress is MessagePack however small",
            "encoding.small-as-text",
            ReasonCode::WrongType,
            || {
                rewriter(|client, _, value| {
                    if client.is(false, &["msgpack"]) && field::name(&value) == "progress_update" {
                        return Rewrite::Frames(vec![Frame::binary(to_msgpack(&value))]);
                    }
                    Rewrite::Pass
                })
            },
        ),
        Mutant::wire(
            "encoding.ids-cut",
            "ids lose what is beyond 32 bits",
            "encoding.msgpack-ids",
            ReasonCode::WrongValue,
            || {
                edit::edit_message("pong", |pong| {
                    if let Some(id) = pong["id"].as_u64().filter(|id| *id > u64::from(u32::MAX)) {
                        pong["id"] = Value::from(id as u32);
                    }
                })
            },
        ),
    ]
}

fn unpacked() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "encoding.packed-query-without-id",
            "the query_id of a query in MessagePack is not read",
            "encoding.msgpack-query",
            ReasonCode::Missing,
            || {
                edit::client_frames(|frame| {
                    let mut query =
                        from_msgpack(&frame.payload).ok().filter(|_| frame.opcode == Opcode::Binary)?;
                    query.as_object_mut()?.remove("query_id")?;
                    Some(Frame::binary(to_msgpack(&query)).masked([1, 3, 3, 7]).encode())
                })
            },
        ),
        Mutant::wire(
            "encoding.text-after-binary-unread",
            "the id of a text behind MessagePack is not read",
            "encoding.text-beside-msgpack",
            ReasonCode::WrongValue,
            || {
                edit::edit_message("pong", |pong| {
                    if pong["id"] == 3 {
                        pong["id"] = 2.into();
                    }
                })
            },
        ),
        Mutant::wire(
            "encoding.unannounced-other-code",
            "a binary frame that was not announced closes with 1002",
            "encoding.binary-unannounced",
            ReasonCode::WrongCloseCode,
            || {
                edit::edit_close(|code, reason| {
                    let code = if code == 1003 { 1002 } else { code };
                    (code, reason.to_owned())
                })
            },
        ),
        Mutant::wire(
            "encoding.binary-before-handshake-other-code",
            "a binary frame before the handshake closes with 1008",
            "encoding.binary-before-handshake",
            ReasonCode::WrongCloseCode,
            || EarlyBinary { shaken: false },
        ),
    ]
}

/// Large messages are MessagePack for clients without capabilities.
fn packed_for(deflate: bool) -> impl Fault {
    rewriter(move |client, message, value| match message {
        Message::Text(text) if text.len() >= 4_096 && client.is(deflate, &[]) => {
            Rewrite::Frames(vec![Frame::binary(to_msgpack(&value))])
        }
        _ => Rewrite::Pass,
    })
}

/// Before a handshake, other codes are used.
struct EarlyBinary {
    shaken: bool,
}

impl Fault for EarlyBinary {
    fn watches_client(&self) -> bool {
        true
    }

    fn on_client_message(&mut self, message: &Message) -> Action {
        self.shaken |= matches!(message, Message::Text(_));
        Action::Pass
    }

    fn on_server_message(&mut self, message: &Message) -> Action {
        match message {
            Message::Close(Some((1003, _))) if !self.shaken => Action::close(1008, "handshake first"),
            _ => Action::Pass,
        }
    }
}
