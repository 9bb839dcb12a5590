//! Mutants of hostile peers: what should harm nobody but themselves harms everybody.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::checks::ReasonCode;
use crate::mutants::{Fault, Mutant, Reply};
use crate::peer::{Request, Response};

pub(super) fn mutants() -> Vec<Mutant> {
    [crowds(), floods(), heads()].concat()
}

/// What is too much for the server.
#[derive(Clone, Copy)]
enum Limit {
    /// So many connections.
    Connections(usize),
    /// So many bytes on one connection.
    Bytes(usize),
}

fn overwhelmed(id: &'static str, description: &'static str, check: &'static str, limit: Limit) -> Mutant {
    Mutant::wire_shared(id, description, check, ReasonCode::WrongStatus, move || {
        let shared = Arc::new(Counts::default());
        move || {
            shared.connections.fetch_add(1, Ordering::Relaxed);
            Overwhelmed { shared: Arc::clone(&shared), limit, bytes: 0 }
        }
    })
}

#[derive(Default)]
struct Counts {
    connections: AtomicUsize,
    most_bytes: AtomicUsize,
}

struct Overwhelmed {
    shared: Arc<Counts>,
    limit: Limit,
    bytes: usize,
}

impl Fault for Overwhelmed {
    fn overhears_client(&self) -> bool {
        true
    }

    fn on_client_bytes(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        self.bytes += bytes.len();
        self.shared.most_bytes.fetch_max(self.bytes, Ordering::Relaxed);
        bytes
    }

    fn on_request(&mut self, _request: &Request) -> Reply {
        let count = |number: &AtomicUsize| number.load(Ordering::Relaxed);
        let too_much = match self.limit {
            Limit::Connections(most) => count(&self.shared.connections) > most,
            Limit::Bytes(most) => count(&self.shared.most_bytes) > most,
        };
        if too_much { Reply::Answer(Response::new(503, "Service Unavailable", "")) } else { Reply::Pass }
    }
}

fn crowds() -> Vec<Mutant> {
    vec![
        overwhelmed(
            "hostile.silent-connections-fill",
            "connections that say nothing take the places of others",
            "hostile.silent-connections",
            Limit::Connections(16),
        ),
        overwhelmed(
            "hostile.half-heads-fill",
            "requests that stop in their head take the places of others",
            "hostile.half-heads",
            Limit::Connections(16),
        ),
        overwhelmed(
            "hostile.silent-sockets-fill",
            "upgraded connections that say nothing take the places of others",
            "hostile.silent-sockets",
            Limit::Connections(16),
        ),
        overwhelmed(
            "hostile.half-frames-fill",
            "half a frame takes the place of another connection",
            "hostile.half-frames",
            Limit::Connections(16),
        ),
        overwhelmed(
            "hostile.half-messages-fill",
            "half a message takes the place of another connection",
            "hostile.half-messages",
            Limit::Connections(16),
        ),
        overwhelmed(
            "hostile.cut-in-frame-leaks",
            "a connection that is cut inside a frame is never given up",
            "hostile.cut-in-frame",
            Limit::Connections(16),
        ),
        overwhelmed(
            "hostile.cut-after-upgrade-leaks",
            "a connection that is cut when upgraded is never given up",
            "hostile.cut-after-upgrade",
            Limit::Connections(16),
        ),
        overwhelmed(
            "hostile.violations-ban",
            "so many violations from one address shut out all of it",
            "hostile.many-violations",
            Limit::Connections(16),
        ),
        overwhelmed(
            "hostile.announcements-reserve",
            "memory is reserved for what headers announce",
            "hostile.huge-announcements",
            Limit::Connections(16),
        ),
    ]
}

fn floods() -> Vec<Mutant> {
    vec![
        overwhelmed(
            "hostile.ping-flood-stalls",
            "a flood of pings stalls the server",
            "hostile.ping-flood",
            Limit::Bytes(30_000),
        ),
        overwhelmed(
            "hostile.pong-flood-stalls",
            "a flood of pongs stalls the server",
            "hostile.pong-flood",
            Limit::Bytes(30_000),
        ),
        overwhelmed(
            "hostile.empty-fragments-stall",
            "a flood of empty fragments stalls the server",
            "hostile.empty-fragments",
            Limit::Bytes(15_000),
        ),
        overwhelmed(
            "hostile.tiny-fragments-stall",
            "a flood of tiny fragments stalls the server",
            "hostile.tiny-fragments",
            Limit::Bytes(15_000),
        ),
        overwhelmed(
            "hostile.empty-messages-stall",
            "a flood of empty messages stalls the server",
            "hostile.empty-messages",
            Limit::Bytes(15_000),
        ),
        overwhelmed(
            "hostile.unread-echoes-fill",
            "echoes that nobody reads fill the memory",
            "hostile.unread-echoes",
            Limit::Bytes(100_000),
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
        lenient("hostile.garbage-is-a-page", "what is no HTTP is answered by a page", "hostile.no-http"),
        lenient("hostile.broken-field-is-a-page", "a broken field is passed over", "hostile.no-colon"),
        lenient("hostile.banner-is-a-page", "the banner of SSH is answered by a page", "hostile.ssh-banner"),
    ]
}
