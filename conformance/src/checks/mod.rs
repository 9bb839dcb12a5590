//! The checks: a folder per area, and what they are written with.
//!
//! `README.md` of this crate says how to add one.

#[macro_use]
mod check;
mod client;
mod context;
mod deadline;
mod event_stream;
pub mod field;
mod raw;
mod shell;
mod verdict;

mod agents;
pub(crate) mod chat;
mod commands;
mod database;
mod documents;
pub(crate) mod doors;
pub(crate) mod encoding;
mod events;
pub(crate) mod failures;
mod flow;
mod framing;
mod handshake;
mod isolation;
mod life;
pub(crate) mod limits;
mod loss;
pub(crate) mod mcp;
mod mcp_http;
mod polling;
mod query;
mod rest;
mod resume;
pub(crate) mod rfc6455;
pub(crate) mod rfc7692;
mod rfc8441;
mod security;
mod session;
mod shutdown;
mod sse;
pub(crate) mod tiers;
pub(crate) mod tokens;

pub use check::{Check, Side};
pub use client::{Peer, Received};
pub use context::{ANYBODY, Context, Pace, now};
pub use deadline::{Deadline, millis};
pub use event_stream::{EventStream, StreamEvent};
pub use raw::RawConnection;
pub use verdict::{ReasonCode, Step, Stop, Violation, ensure, ensure_eq, fail};

/// All checks, in the suite's own order.
pub fn all() -> Vec<Check> {
    [
        handshake::checks(),
        session::checks(),
        life::checks(),
        framing::checks(),
        query::checks(),
        commands::checks(),
        failures::checks(),
        events::checks(),
        sse::checks(),
        polling::checks(),
        database::checks(),
        shutdown::checks(),
        resume::checks(),
        limits::checks(),
        rest::checks(),
        agents::checks(),
        tiers::checks(),
        mcp::checks(),
        tokens::checks(),
        mcp_http::checks(),
        rfc6455::checks(),
        rfc7692::checks(),
        rfc8441::checks(),
        encoding::checks(),
        flow::checks(),
        loss::checks(),
        isolation::checks(),
        doors::checks(),
        chat::checks(),
        security::checks(),
        documents::checks(),
        crate::client::checks(),
    ]
    .concat()
}
