//! The MCP server and its client: the only way from the agents to the database.
//!
//! `server` serves tools over a WebSocket (`/ws`) and, as a fallback, over HTTP (`POST /tools/call`), with the
//! same request and response objects. `guard` decides what SQL may run; the read-only connection behind it is
//! the second lock. `standard` serves the same tools to any client of the Model Context Protocol. `client`
//! prefers the WebSocket, falls back to HTTP, and comes back.

mod client;
mod endpoint;
pub mod guard;
mod message;
mod server;
#[expect(
    deprecated,
    reason = "sampling, roots and logging are deprecated since 2026-07-28 and part of every version before"
)]
mod standard;
mod tools;

use crate::listener::LinkTimers;
pub use client::{
    McpClient, McpDatabase, McpError, McpHealth, News, Rows, Schema, SchemaColumn, SchemaReference,
    SchemaTable, Statement, Statistics, Summary, ToolStatistics,
};
pub use endpoint::{Endpoint, EndpointError};
pub use server::{SchemaChange, SchemaFeed, Server, serve};
pub use standard::PipesError;

pub(crate) use tools::{unavailable, unknown_database};

pub use crate::listener::TierError;
