//! What a fault has to know of compressed traffic: what was offered and agreed, and the messages behind the
//! frames of both sides.

use crate::checks::rfc7692::connection::{COMPRESSED, FIELD};
use crate::peer::deflate::{Agreement, InflateRules, Inflater, LARGEST_WINDOW, judge_answer};
use crate::peer::{Frame, Message, Opcode, Request, Response};

/// The offers of a request.
pub(in crate::mutants) fn offers(request: &Request) -> Vec<&str> {
    request.values(FIELD).collect()
}

/// What was agreed.
pub(in crate::mutants) fn agreed(request: &Request, response: &Response) -> Option<Agreement> {
    judge_answer(request.values(FIELD), response.values(FIELD)).ok().flatten()
}

/// Puts the data frames of one side together.
#[derive(Debug)]
pub(in crate::mutants) struct Reader {
    inflater: Inflater,
    first: Option<Frame>,
    payload: Vec<u8>,
    frames: usize,
}

/// A message, and how it was cut.
#[derive(Debug)]
pub(in crate::mutants) struct Read {
    pub(in crate::mutants) message: Message,
    pub(in crate::mutants) compressed: bool,
    /// Octets of the first frame's payload.
    pub(in crate::mutants) first: usize,
    pub(in crate::mutants) frames: usize,
    /// The longest distance of a reference.
    pub(in crate::mutants) farthest: usize,
}

impl Reader {
    /// A reader of one side, whose context is taken over or not.
    pub(in crate::mutants) fn new(takeover: bool) -> Self {
        let rules = InflateRules { window_bits: LARGEST_WINDOW, takeover, limit: 1 << 20 };
        Self { inflater: Inflater::new(rules), first: None, payload: Vec::new(), frames: 0 }
    }

    /// Takes a frame; gives the message it completes, if that can be read.
    pub(in crate::mutants) fn push(&mut self, frame: &Frame) -> Option<Read> {
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
