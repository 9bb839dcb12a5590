//! One agreed window is not kept to: by the server's compressor, or by its decompressor.

use crate::checks::ReasonCode;
use crate::checks::rfc7692::connection::COMPRESSED;
use crate::checks::rfc7692::windows::{CASES, Side, WindowCase};
use crate::mutants::{Fault, FrameAction, Mutant};
use crate::peer::deflate::{Deflater, LARGEST_WINDOW, Style};
use crate::peer::{Frame, Request, Response};

use super::wire::{Reader, agreed, offers};

pub(super) fn mutants() -> Vec<Mutant> {
    let mutant = |case: &'static WindowCase| {
        let (about, reason) = match case.side {
            Side::Server => ("the server refers further back than one window allows", ReasonCode::Malformed),
            Side::Client => ("the server can't read references of one greatest distance", ReasonCode::Closed),
        };
        Mutant::wire(&case.spoilt, about, &case.id, reason, move || Overrun {
            case,
            hit: false,
            client: Reader::new(true),
            server: Reader::new(false),
        })
    };
    CASES.iter().map(mutant).collect()
}

struct Overrun {
    case: &'static WindowCase,
    hit: bool,
    client: Reader,
    server: Reader,
}

impl Fault for Overrun {
    fn watches_client(&self) -> bool {
        true
    }

    fn on_response(&mut self, request: &Request, response: &mut Response) {
        let agreement = agreed(request, response);
        self.hit = agreement.is_some() && offers(request) == [self.case.offer.as_str()];
        let agreement = agreement.unwrap_or_default();
        self.client = Reader::new(!agreement.client_no_context_takeover);
        self.server = Reader::new(!agreement.server_no_context_takeover);
    }

    /// What reaches back as far as it may is made unreadable for the server.
    fn on_client_frame(&mut self, frame: &Frame) -> FrameAction {
        let read = self.client.push(frame).filter(|_| self.hit && self.case.side == Side::Client);
        if read.is_some_and(|read| read.farthest == 1 << self.case.bits) {
            let broken = Frame::text([0x07]).rsv(COMPRESSED);
            return FrameAction::Bytes(broken.masked([1, 2, 3, 4]).encode());
        }
        FrameAction::Bytes(frame.encode())
    }

    /// What the server wrote is written anew, for the largest window.
    fn on_server_frame(&mut self, frame: &Frame) -> FrameAction {
        if !self.hit || self.case.side == Side::Client || frame.opcode.is_control() {
            return FrameAction::Pass;
        }
        let Some(read) = self.server.push(frame) else { return FrameAction::Bytes(Vec::new()) };
        let plain = read.message.to_frame();
        let mut deflater = Deflater::new(LARGEST_WINDOW, false, Style::Fixed);
        let payload = deflater.message(&plain.payload);
        FrameAction::Bytes(Frame { payload, ..plain }.rsv(COMPRESSED).encode())
    }
}
