//! Mutants of floods and of broken heads: what should harm nobody but its sender harms everybody.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::checks::ReasonCode;
use crate::mutants::{Fault, Mutant, Reply};
use crate::peer::{Request, Response};

pub(super) fn mutants() -> Vec<Mutant> {
    [floods(), heads()].concat()
}

/// Bytes of a flood of small frames that are too many: no more than a server takes that ends such a connection early.
const FLOOD: usize = 5_000;

/// Bytes on one connection that are too much for the server.
fn overwhelmed(id: &'static str, description: &'static str, check: &'static str, most: usize) -> Mutant {
    Mutant::wire_shared(id, description, check, ReasonCode::WrongStatus, move || {
        let shared = Arc::new(AtomicUsize::new(0));
        move || Overwhelmed { shared: Arc::clone(&shared), most, bytes: 0 }
    })
}

struct Overwhelmed {
    /// Most bytes that any connection has sent.
    shared: Arc<AtomicUsize>,
    most: usize,
    bytes: usize,
}

impl Fault for Overwhelmed {
    fn overhears_client(&self) -> bool {
        true
    }

    fn on_client_bytes(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        self.bytes += bytes.len();
        self.shared.fetch_max(self.bytes, Ordering::Relaxed);
        bytes
    }

    fn on_request(&mut self, _request: &Request) -> Reply {
        if self.shared.load(Ordering::Relaxed) > self.most { unavailable() } else { Reply::Pass }
    }
}

fn unavailable() -> Reply {
    Reply::Answer(Response::new(503, "Service Unavailable", ""))
}

fn floods() -> Vec<Mutant> {
    vec![
        overwhelmed(
            "hostile.ping-flood-stalls",
            "a flood of pings stalls the server",
            "hostile.ping-flood",
            FLOOD,
        ),
        overwhelmed(
            "hostile.pong-flood-stalls",
            "a flood of pongs stalls the server",
            "hostile.pong-flood",
            FLOOD,
        ),
        overwhelmed(
            "hostile.empty-fragments-stall",
            "a flood of empty fragments stalls the server",
            "hostile.empty-fragments",
            FLOOD,
        ),
        overwhelmed(
            "hostile.tiny-fragments-stall",
            "a flood of tiny fragments stalls the server",
            "hostile.tiny-fragments",
            FLOOD,
        ),
        overwhelmed(
            "hostile.empty-messages-stall",
            "a flood of empty messages stalls the server",
            "hostile.empty-messages",
            FLOOD,
        ),
        overwhelmed(
            "hostile.unread-echoes-fill",
            "echoes that nobody reads fill the memory",
            "hostile.unread-echoes",
            100_000,
        ),
    ]
}

/// A refusal becomes an acceptance.
struct Lenient;

impl Fault for Lenient {
    fn on_response(&mut self, _request: &Request, response: &mut Response) {
        if response.status != 101 {
            response.status = 200;
        }
    }
}

/// A head is read until it ends.
struct Endless;

impl Fault for Endless {
    fn reads_endless_heads(&self) -> bool {
        true
    }
}

fn heads() -> Vec<Mutant> {
    let endless =
        |id, description, check| Mutant::wire(id, description, check, ReasonCode::NotClosed, || Endless);
    let patient = |id, description, check| {
        Mutant::config(id, description, check, ReasonCode::NotClosed, "timers.header_timeout = \"1h\"")
    };
    let lenient =
        |id, description, check| Mutant::wire(id, description, check, ReasonCode::Accepted, || Lenient);
    vec![
        endless("hostile.fields-unlimited", "fields are read without an end", "hostile.endless-fields"),
        endless("hostile.field-unlimited", "one field is read without an end", "hostile.endless-field"),
        endless("hostile.name-unlimited", "a field name is read without an end", "hostile.endless-name"),
        endless(
            "hostile.target-unlimited",
            "a request target is read without an end",
            "hostile.endless-target",
        ),
        patient("hostile.silence-borne", "a connection may say nothing for an hour", "hostile.silence-ends"),
        patient("hostile.half-head-borne", "half a head may stand for an hour", "hostile.half-head-ends"),
        patient("hostile.dribble-borne", "a head may take an hour", "hostile.dribbled-head-ends"),
        lenient("hostile.garbage-is-a-page", "what is no HTTP is answered by a page", "hostile.no-http"),
        lenient("hostile.broken-field-is-a-page", "a broken field is passed over", "hostile.no-colon"),
        lenient("hostile.banner-is-a-page", "the banner of SSH is answered by a page", "hostile.ssh-banner"),
    ]
}
