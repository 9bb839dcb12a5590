//! Mutants: deliberate violations, each applied to the traffic or the configuration of the reference
//! server. A check is proven when it passes on the clean reference and fails on its mutant.
//!
//! `README.md` of this crate says how to add one.

mod agents;
pub mod edit;
mod fault;
mod mutant;
mod proxy;

mod chat;
mod client;
mod commands;
mod database;
mod documents;
mod doors;
mod encoding;
mod events;
mod failures;
mod flow;
mod framing;
mod handshake;
mod isolation;
mod life;
mod limits;
mod loss;
mod mcp;
mod mcp_http;
mod polling;
mod query;
mod rest;
mod resume;
mod rfc6455;
mod rfc7692;
mod rfc8441;
mod security;
mod session;
mod shared;
mod shutdown;
mod sse;
mod tiers;
mod tokens;
mod watched;

pub use fault::{Action, EventAction, Fault, FrameAction, Out, Reply};
pub use mutant::{Mutant, Seam};
pub use proxy::{Proxy, Tunnel};

pub(crate) use mutant::Faults;

/// All mutants.
pub fn all() -> Vec<Mutant> {
    [
        handshake::mutants(),
        session::mutants(),
        life::mutants(),
        framing::mutants(),
        query::mutants(),
        commands::mutants(),
        failures::mutants(),
        events::mutants(),
        sse::mutants(),
        polling::mutants(),
        database::mutants(),
        shutdown::mutants(),
        resume::mutants(),
        limits::mutants(),
        rest::mutants(),
        agents::mutants(),
        tiers::mutants(),
        mcp::mutants(),
        tokens::mutants(),
        mcp_http::mutants(),
        rfc6455::mutants(),
        rfc7692::mutants(),
        rfc8441::mutants(),
        encoding::mutants(),
        flow::mutants(),
        loss::mutants(),
        isolation::mutants(),
        doors::mutants(),
        chat::mutants(),
        security::mutants(),
        documents::mutants(),
        client::mutants(),
    ]
    .concat()
}
