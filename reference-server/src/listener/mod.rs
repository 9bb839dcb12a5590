//! What the inner tiers (agents, MCP server) share below their protocols: accepting connections, HTTP/1.1 with
//! keep-alive and limits, answers, and an orderly end.

mod accept;
mod link;
mod reply;
mod upgrade;
mod writer;

pub(crate) use accept::{Options, run};
pub(crate) use link::LinkTimers;
pub use reply::TierError;
pub(crate) use reply::{Body, now, read_json, respond, respond_json, streamed};
pub(crate) use upgrade::upgrade;
pub(crate) use writer::write_queue;
