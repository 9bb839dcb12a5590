//! Contexts that are taken over in spite of a promise, or lost in spite of none.

use crate::checks::ReasonCode;
use crate::checks::rfc7692::connection::{COMPRESSED, FIELD};
use crate::mutants::{Fault, FrameAction, Mutant};
use crate::peer::deflate::{Deflater, LARGEST_WINDOW, Style};
use crate::peer::{Frame, Request, Response};

use super::wire::Reader;

pub(super) fn mutants() -> Vec<Mutant> {
    let reused = |id, about, check, size| {
        Mutant::wire(id, about, check, ReasonCode::Malformed, move || Reused {
            size,
            server: Reader::new(false),
            deflater: Deflater::new(LARGEST_WINDOW, true, Style::Fixed),
        })
    };
    let lost = |id, about, check, size| {
        Mutant::wire(id, about, check, ReasonCode::Closed, move || Lost {
            size,
            client: Reader::new(true),
            count: 0,
        })
    };
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
            "the client's context is thrown away although the server did not ask for that",
            "deflate.context-client-used",
            2_003,
        ),
        lost(
            "deflate.client-context-lost-after-plain-message",
            "the client's context is thrown away after a message without compression",
            "deflate.context-after-plain-message",
            2_004,
        ),
        lost(
            "deflate.client-context-lost-after-ping",
            "the client's context is thrown away after a ping",
            "deflate.context-after-control-frames",
            2_005,
        ),
        lost(
            "deflate.client-context-lost-after-empty-message",
            "the client's context is thrown away after an empty message",
            "deflate.context-after-empty-message",
            2_006,
        ),
        lost(
            "deflate.client-context-lost-after-a-window",
            "the client's context is thrown away when it is full",
            "deflate.context-of-two-windows",
            12_007,
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

/// The server never says that the client must take nothing over, and does not keep the client's context.
/// Messages of other sizes are decompressed on the way, so that they are not touched.
struct Lost {
    size: usize,
    client: Reader,
    count: usize,
}

impl Fault for Lost {
    fn watches_client(&self) -> bool {
        true
    }

    fn on_response(&mut self, _request: &Request, response: &mut Response) {
        let answer = response.field(FIELD).map(|answer| answer.replace("; client_no_context_takeover", ""));
        if let Some(answer) = answer {
            response.set_field(FIELD, Some(&answer));
        }
    }

    fn on_client_frame(&mut self, frame: &Frame) -> FrameAction {
        if frame.opcode.is_control() {
            return FrameAction::Bytes(frame.encode());
        }
        let fin = frame.fin;
        let Some(read) = self.client.push(frame) else {
            // Not complete, or not to be read: the server judges it as it is.
            return FrameAction::Bytes(if fin { frame.encode() } else { Vec::new() });
        };
        let plain = read.message.to_frame();
        if plain.payload.len() == self.size {
            self.count += 1;
        }
        if self.count > 1 && read.compressed && plain.payload.len() == self.size {
            return FrameAction::Bytes(frame.encode());
        }
        FrameAction::Bytes(plain.masked([9, 9, 9, 9]).encode())
    }
}
