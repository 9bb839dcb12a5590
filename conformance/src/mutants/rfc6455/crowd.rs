//! Mutants of crowds: connections of one kind, each harmless, take the places of others. Each counts that kind alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::checks::ReasonCode;
use crate::mutants::{Fault, Mutant, Reply};
use crate::peer::{Frame, Request, Response, Splitter};

/// So many of a kind are too many: fewer than a crowd, since those that were cut are seen a little later.
const TOO_MANY: usize = 4;
/// Longest payload that is reserved for without harm.
const RESERVED: u64 = 1 << 30;

/// Where a connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stand {
    /// No whole request has come.
    Unasked,
    /// Upgraded, and nothing said since.
    Silent,
    /// Inside a frame.
    InFrame,
    /// Between two fragments.
    InMessage,
    /// A frame has come that is a violation by its first octets.
    Broken,
    /// A frame longer than anybody can hold is announced.
    Announced,
    /// Whole messages have come.
    Talking,
}

/// What is counted.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// Those that stand so now.
    Standing(Stand),
    /// Those that stood so when they ended.
    Left(Stand),
    /// Those that have ever stood so.
    Ever(Stand),
}

pub(super) fn mutants() -> Vec<Mutant> {
    use Kind::{Ever, Left, Standing};
    vec![
        fills(
            "hostile.silent-connections-fill",
            "connections that say nothing take the places of others",
            "hostile.silent-connections",
            Standing(Stand::Unasked),
        ),
        fills(
            "hostile.half-heads-fill",
            "requests that stop in their head take the places of others",
            "hostile.half-heads",
            Standing(Stand::Unasked),
        ),
        fills(
            "hostile.silent-sockets-fill",
            "upgraded connections that say nothing take the places of others",
            "hostile.silent-sockets",
            Standing(Stand::Silent),
        ),
        fills(
            "hostile.half-frames-fill",
            "half a frame takes the place of another connection",
            "hostile.half-frames",
            Standing(Stand::InFrame),
        ),
        fills(
            "hostile.half-messages-fill",
            "half a message takes the place of another connection",
            "hostile.half-messages",
            Standing(Stand::InMessage),
        ),
        fills(
            "hostile.cut-in-frame-leaks",
            "a connection that is cut inside a frame is never given up",
            "hostile.cut-in-frame",
            Left(Stand::InFrame),
        ),
        fills(
            "hostile.cut-after-upgrade-leaks",
            "a connection that is cut when upgraded is never given up",
            "hostile.cut-after-upgrade",
            Left(Stand::Silent),
        ),
        fills(
            "hostile.violations-ban",
            "so many violations from one address shut out all of it",
            "hostile.many-violations",
            Ever(Stand::Broken),
        ),
        fills(
            "hostile.announcements-reserve",
            "memory is reserved for what headers announce",
            "hostile.huge-announcements",
            Ever(Stand::Announced),
        ),
    ]
}

fn fills(id: &'static str, description: &'static str, check: &'static str, kind: Kind) -> Mutant {
    Mutant::wire_shared(id, description, check, ReasonCode::WrongStatus, move || {
        let shared = Arc::new(AtomicUsize::new(0));
        move || {
            let mut one = OneOf {
                kind,
                shared: Arc::clone(&shared),
                stand: Stand::Talking,
                splitter: Splitter::new(u64::MAX),
                fragments: false,
            };
            one.stands(Stand::Unasked);
            one
        }
    })
}

/// One connection of a crowd.
struct OneOf {
    kind: Kind,
    /// How many of the kind there are.
    shared: Arc<AtomicUsize>,
    stand: Stand,
    splitter: Splitter,
    fragments: bool,
}

impl OneOf {
    fn stands(&mut self, stand: Stand) {
        let before = std::mem::replace(&mut self.stand, stand);
        match self.kind {
            Kind::Standing(kind) if kind == stand && kind != before => {
                self.shared.fetch_add(1, Ordering::Relaxed);
            }
            Kind::Standing(kind) if kind == before && kind != stand => {
                self.shared.fetch_sub(1, Ordering::Relaxed);
            }
            Kind::Ever(kind) if kind == stand && kind != before => {
                self.shared.fetch_add(1, Ordering::Relaxed);
            }
            _ => {}
        }
    }

    /// Where it stands when these bytes have come too.
    fn after(&mut self, bytes: &[u8]) -> Stand {
        self.splitter.push(bytes);
        loop {
            if self.splitter.rest().first().is_some_and(|first| first & 0x70 == 0x70) {
                return Stand::Broken;
            }
            match self.splitter.next_frame() {
                Ok(Some(raw)) => self.fragments = !raw.frame.fin || (self.fragments && control(&raw.frame)),
                Ok(None) => break,
                Err(_) => return Stand::Broken,
            }
        }
        match announced(self.splitter.rest()) {
            Some(length) if length > RESERVED => Stand::Announced,
            _ if !self.splitter.rest().is_empty() => Stand::InFrame,
            _ if self.fragments => Stand::InMessage,
            _ => Stand::Talking,
        }
    }
}

fn control(frame: &Frame) -> bool {
    frame.opcode.is_control()
}

/// The 64-bit length in the header that `bytes` begin with.
fn announced(bytes: &[u8]) -> Option<u64> {
    let long = bytes.get(1)? & 0x7f == 127;
    let octets = bytes.get(2..10).filter(|_| long)?;
    octets.try_into().ok().map(u64::from_be_bytes)
}

impl Fault for OneOf {
    fn overhears_client(&self) -> bool {
        true
    }

    fn on_request(&mut self, _request: &Request) -> Reply {
        self.stands(Stand::Talking);
        if self.shared.load(Ordering::Relaxed) >= TOO_MANY {
            return Reply::Answer(Response::new(503, "Service Unavailable", ""));
        }
        self.stands(Stand::Silent);
        Reply::Pass
    }

    fn on_client_bytes(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        let stand = self.after(&bytes);
        self.stands(stand);
        bytes
    }
}

impl Drop for OneOf {
    fn drop(&mut self) {
        match self.kind {
            Kind::Left(kind) if kind == self.stand => {
                self.shared.fetch_add(1, Ordering::Relaxed);
            }
            _ => self.stands(Stand::Talking),
        }
    }
}
