//! A message on its way to many: what depends on dialect, audience and encoding is written at most once for all
//! who get it in that form, and only if somebody does.

use std::cell::OnceCell;

use bytes::Bytes;

use super::Dialect;
use super::encode::{Audience, Message, payload};
use super::msgpack;
use crate::connection::engine::{Deflate, encode_binary, encode_deflated};

/// How the messages of one connection are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Encoding {
    /// Messages from this size on, as JSON, are MessagePack.
    pub msgpack_from: Option<usize>,
    /// Messages from this size on are compressed.
    pub deflate_from: Option<usize>,
    /// Window that the peer has for compressed messages: its size is two to this power.
    pub window_bits: u8,
}

/// One message in all the forms somebody asked for.
pub struct Forms<'a> {
    message: &'a Message,
    text: [OnceCell<Bytes>; SHAPES],
    packed: [OnceCell<Bytes>; SHAPES],
    deflated: [OnceCell<Bytes>; 2 * SHAPES],
}

/// Named, typed, and typed for its asker.
const SHAPES: usize = 3;

const fn shape(dialect: Dialect, audience: Audience) -> usize {
    match (dialect, audience) {
        (Dialect::Named, _) => 0,
        (Dialect::Typed, Audience::Other) => 1,
        (Dialect::Typed, Audience::Asker) => 2,
    }
}

impl<'a> Forms<'a> {
    /// No form yet.
    #[must_use]
    pub const fn of(message: &'a Message) -> Self {
        Self {
            message,
            text: [const { OnceCell::new() }; SHAPES],
            packed: [const { OnceCell::new() }; SHAPES],
            deflated: [const { OnceCell::new() }; 2 * SHAPES],
        }
    }

    /// The message.
    #[must_use]
    pub const fn message(&self) -> &'a Message {
        self.message
    }

    /// A frame for a connection of that dialect and encoding.
    #[must_use]
    pub fn frame(&self, dialect: Dialect, audience: Audience, encoding: &Encoding) -> Bytes {
        let shape = shape(dialect, audience);
        let text = self.text[shape].get_or_init(|| self.message.frame(dialect, audience));
        if encoding.msgpack_from.is_none() && encoding.deflate_from.is_none() {
            return text.clone();
        }
        let is_packed = encoding.msgpack_from.is_some_and(|from| payload(text).len() >= from);
        let whole = if is_packed {
            self.packed[shape].get_or_init(|| packed(&payload(text)).unwrap_or_else(|| text.clone()))
        } else {
            text
        };
        let length = payload(whole).len();
        if encoding.deflate_from.is_none_or(|from| length < from) {
            return whole.clone();
        }
        let deflate = |bits| encode_deflated(whole, bits).unwrap_or_else(|| whole.clone());
        // nothing in a message can refer farther back than to its own beginning
        if encoding.window_bits == Deflate::LARGEST_WINDOW || length <= 1 << encoding.window_bits {
            let form = &self.deflated[2 * shape + usize::from(is_packed)];
            form.get_or_init(|| deflate(Deflate::LARGEST_WINDOW)).clone()
        } else {
            deflate(encoding.window_bits)
        }
    }

    /// The text for a connection of that dialect.
    #[must_use]
    pub fn text(&self, dialect: Dialect, audience: Audience) -> Bytes {
        let shape = shape(dialect, audience);
        payload(self.text[shape].get_or_init(|| self.message.frame(dialect, audience)))
    }
}

/// The frame of one text for one connection only.
#[must_use]
pub fn single(text: &Bytes, frame: Bytes, encoding: &Encoding) -> Bytes {
    let is_packed = encoding.msgpack_from.is_some_and(|from| text.len() >= from);
    let whole = if is_packed { packed(text).unwrap_or(frame) } else { frame };
    match encoding.deflate_from {
        Some(from) if payload(&whole).len() >= from => {
            encode_deflated(&whole, encoding.window_bits).unwrap_or(whole)
        }
        _ => whole,
    }
}

/// The same content as a binary frame. A message of ours is JSON, so there always is one.
fn packed(text: &[u8]) -> Option<Bytes> {
    msgpack::from_json(text).map(|bytes| encode_binary(&bytes))
}
