//! Bombs that are taken.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::checks::ReasonCode;
use crate::checks::rfc7692::connection::COMPRESSED;
use crate::mutants::{Action, Fault, Mutant, edit};
use crate::peer::{Frame, Message};

/// Octets of a compressed message that is a bomb here.
const LARGE: usize = 300_000;

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "deflate.bomb-taken",
            "a bomb in one frame is taken and answered",
            "deflate.bomb",
            ReasonCode::Accepted,
            || {
                edit::client_frames(|frame| {
                    let bomb = frame.fin && frame.rsv == COMPRESSED && frame.payload.len() > LARGE;
                    bomb.then(|| Frame::binary("all of it").masked([1, 2, 3, 4]).encode())
                })
            },
        ),
        Mutant::wire(
            "deflate.bomb-in-fragments-taken",
            "a bomb in fragments is taken and answered",
            "deflate.bomb-in-fragments",
            ReasonCode::Accepted,
            || {
                let (mut held, mut size) = (Vec::new(), 0);
                edit::client_frames(move |frame| {
                    if frame.opcode.is_control() {
                        return None;
                    }
                    held.extend(frame.encode());
                    size += frame.payload.len();
                    if !frame.fin {
                        return Some(Vec::new());
                    }
                    let (frames, size) = (std::mem::take(&mut held), std::mem::take(&mut size));
                    let bomb = size > LARGE && frame.payload.len() < LARGE;
                    Some(if bomb { Frame::text("all of it").masked([1, 2, 3, 4]).encode() } else { frames })
                })
            },
        ),
        Mutant::wire_shared(
            "deflate.bomb-stops-all",
            "while one connection is sent a bomb, the others are closed",
            "deflate.bomb-apart",
            ReasonCode::Closed,
            || {
                let busy = Arc::new(AtomicBool::new(false));
                move || StopsAll { busy: Arc::clone(&busy), received: 0 }
            },
        ),
    ]
}

/// A connection that received much stops the others.
struct StopsAll {
    busy: Arc<AtomicBool>,
    received: usize,
}

impl Fault for StopsAll {
    fn watches_client(&self) -> bool {
        true
    }

    fn on_client_bytes(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        self.received += bytes.len();
        if self.received > 32_768 {
            self.busy.store(true, Ordering::Relaxed);
        }
        bytes
    }

    fn on_server_message(&mut self, message: &Message) -> Action {
        let data = matches!(message, Message::Text(_) | Message::Binary(_));
        if data && self.busy.load(Ordering::Relaxed) { Action::close(1011, "busy") } else { Action::Pass }
    }
}
