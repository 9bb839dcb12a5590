//! What a fault has to know of compressed traffic: what was offered and agreed, and the messages behind the
//! frames of both sides.

use crate::checks::rfc7692::connection::{COMPRESSED, FIELD};
use crate::peer::deflate::{Agreement, InflateRules, Inflater, LARGEST_WINDOW, judge_answer};
use crate::peer::{Frame, Message, Opcode, Request, Response};

/// The offers of a request.
pub(super) fn offers(request: &Request) -> Vec<&str> {
    request.values(FIELD).collect()
}

/// What was agreed.
pub(super) fn agreed(request: &Request, response: &Response) -> Option<Agreement> {
    judge_answer(request.values(FIELD), response.values(FIELD)).ok().flatten()
}

/// Puts the data frames of one side together.
#[derive(Debug)]
pub(super) struct Reader {
    inflater: Inflater,
    first: Option<Frame>,
    payload: Vec<u8>,
    frames: usize,
}

/// A message, and how it was cut.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) message: Message,
    pub(super) compressed: bool,
    /// Octets of the first frame's payload.
    pub(super) first: usize,
    pub(super) frames: usize,
    /// The longest distance of a reference.
    pub(super) farthest: usize,
}

impl Reader {
    /// A reader of one side, whose context is taken over or not.
    pub(super) fn new(takeover: bool) -> Self {
        let rules = InflateRules { window_bits: LARGEST_WINDOW, takeover, limit: 1 << 20 };
        Self { inflater: Inflater::new(rules), first: None, payload: Vec::new(), frames: 0 }
    }

    /// Takes a frame; gives the message it completes, if that can be read.
    pub(super) fn push(&mut self, frame: &Frame) -> Option<Read> {
        if frame.opcode.is_control() {
            return None;
        }
        self.payload.extend_from_slice(&frame.payload);
        self.frames += 1;
        let first = match self.first.take() {
            Some(first) => first,
            None => frame.clone(),
        };
        if !frame.fin {
            self.first = Some(first);
            return None;
        }
        let payload = std::mem::take(&mut self.payload);
        let frames = std::mem::take(&mut self.frames);
        let compressed = first.rsv & COMPRESSED != 0;
        let (octets, farthest) = if compressed {
            let inflated = self.inflater.message(&payload).ok()?;
            (inflated.bytes, inflated.farthest)
        } else {
            (payload, 0)
        };
        let message = match first.opcode {
            Opcode::Text => Message::Text(String::from_utf8(octets).ok()?),
            _ => Message::Binary(octets),
        };
        Some(Read { message, compressed, first: first.payload.len(), frames, farthest })
    }
}
