//! Contexts that are taken over in spite of a promise, or lost in spite of none.

use crate::checks::ReasonCode;
use crate::checks::rfc7692::connection::COMPRESSED;
use crate::mutants::{Fault, FrameAction, Mutant};
use crate::peer::deflate::{Deflater, InflateRules, Inflater, LARGEST_WINDOW, Style};
use crate::peer::{Frame, Opcode};

use super::wire::Reader;

pub(super) fn mutants() -> Vec<Mutant> {
    let reused = |id, about, check, size| {
        Mutant::wire(id, about, check, ReasonCode::Malformed, move || Reused {
            size,
            server: Reader::new(false),
            deflater: Deflater::new(LARGEST_WINDOW, true, Style::Fixed),
        })
    };
    let lost =
        |id, about, check, when| Mutant::wire(id, about, check, ReasonCode::Closed, move || Lost::new(when));
    vec![
        reused(
            "deflate.server-context-kept",
            "the server refers to earlier messages although it promised not to",
            "deflate.context-server-reset",
            2_001,
        ),
        reused(
            "deflate.server-context-kept-after-fragments",
            "the server refers to earlier messages that came in fragments",
            "deflate.context-server-reset-after-fragments",
            2_002,
        ),
        lost(
            "deflate.client-context-lost",
            "the client's context is thrown away behind each message although the server did not ask for that",
            "deflate.context-client-used",
            When::EachMessage,
        ),
        lost(
            "deflate.client-context-lost-after-plain-message",
            "the client's context is thrown away after a message without compression",
            "deflate.context-after-plain-message",
            When::PlainMessage,
        ),
        lost(
            "deflate.client-context-lost-after-ping",
            "the client's context is thrown away after a ping",
            "deflate.context-after-control-frames",
            When::Ping,
        ),
        lost(
            "deflate.client-context-lost-after-empty-message",
            "the client's context is thrown away after an empty message",
            "deflate.context-after-empty-message",
            When::EmptyMessage,
        ),
        lost(
            "deflate.client-context-lost-after-a-window",
            "the client's context is thrown away when it is full",
            "deflate.context-of-two-windows",
            When::FullWindow,
        ),
        Mutant::config(
            "deflate.client-context-declined",
            "the server asks the client to take nothing over although it is said to keep contexts",
            "deflate.context-client-used",
            ReasonCode::Missing,
            "wire.deflate_client_context = false",
        ),
    ]
}

/// The server's messages of one size refer to those before them.
struct Reused {
    size: usize,
    server: Reader,
    deflater: Deflater,
}

impl Fault for Reused {
    fn on_server_frame(&mut self, frame: &Frame) -> FrameAction {
        if frame.opcode.is_control() {
            return FrameAction::Pass;
        }
        let Some(read) = self.server.push(frame) else { return FrameAction::Bytes(Vec::new()) };
        let plain = read.message.to_frame();
        if plain.payload.len() != self.size {
            return FrameAction::Bytes(plain.encode());
        }
        let payload = self.deflater.message(&plain.payload);
        FrameAction::Bytes(Frame { payload, ..plain }.rsv(COMPRESSED).encode())
    }
}

/// When a server throws the client's context away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    /// Behind each message.
    EachMessage,
    /// Behind a message without compression.
    PlainMessage,
    /// At a ping.
    Ping,
    /// Behind an empty message.
    EmptyMessage,
    /// When it has a window of octets.
    FullWindow,
}

/// The client's context is thrown away: what can still be read goes to the server without compression, what can't is
/// made unreadable for it too.
struct Lost {
    when: When,
    /// Puts frames together, and reads as a server that keeps the context.
    client: Reader,
    /// Reads as this one does.
    forgetful: Inflater,
    /// Octets since the context was thrown away.
    known: usize,
    payload: Vec<u8>,
}

impl Lost {
    fn new(when: When) -> Self {
        let (client, forgetful) = (Reader::new(true), Self::nothing());
        Self { when, client, forgetful, known: 0, payload: Vec::new() }
    }

    /// A reader that knows nothing.
    fn nothing() -> Inflater {
        Inflater::new(InflateRules { window_bits: LARGEST_WINDOW, takeover: true, limit: 1 << 20 })
    }

    /// Goes on behind a message.
    fn behind(&mut self, plain: &Frame, is_compressed: bool) {
        self.known += plain.payload.len();
        let is_lost = match self.when {
            When::EachMessage => true,
            When::PlainMessage => !is_compressed,
            When::Ping => false,
            When::EmptyMessage => plain.payload.is_empty(),
            When::FullWindow => self.known >= 1 << LARGEST_WINDOW,
        };
        if is_lost {
            (self.forgetful, self.known) = (Self::nothing(), 0);
        }
    }
}

impl Fault for Lost {
    fn watches_client(&self) -> bool {
        true
    }

    fn on_client_frame(&mut self, frame: &Frame) -> FrameAction {
        if frame.opcode.is_control() {
            if frame.opcode == Opcode::Ping && self.when == When::Ping {
                self.forgetful = Self::nothing();
            }
            return FrameAction::Bytes(frame.encode());
        }
        self.payload.extend_from_slice(&frame.payload);
        let fin = frame.fin;
        let Some(read) = self.client.push(frame) else {
            // Not complete, or not to be read: the server judges it as it is.
            return FrameAction::Bytes(if fin { frame.encode() } else { Vec::new() });
        };
        let payload = std::mem::take(&mut self.payload);
        let plain = read.message.to_frame();
        let is_read = !read.compressed
            || self.forgetful.message(&payload).is_ok_and(|inflated| inflated.bytes == plain.payload);
        self.behind(&plain, read.compressed);
        let passed = if is_read { plain } else { Frame::text([0x07]).rsv(COMPRESSED) };
        FrameAction::Bytes(passed.masked([9, 9, 9, 9]).encode())
    }
}
