//! The MCP server and its client: the only way from the agents to the database.
//!
//! `server` serves tools over a WebSocket (`/ws`) and, as a fallback, over HTTP (`POST /tools/call`), with the
//! same request and response objects. `guard` decides what SQL may run; the read-only connection behind it is
//! the second lock. `client` prefers the WebSocket, falls back to HTTP, and comes back.

mod client;
mod endpoint;
pub mod guard;
mod message;
mod server;
mod tools;

pub use client::{McpClient, McpError, McpHealth, Rows, Statement, Statistics, Summary, ToolStatistics};
pub use endpoint::{Endpoint, EndpointError};
pub use server::{SchemaChange, SchemaFeed, Server, serve};
pub(crate) use tools::unknown_database;

pub use crate::listener::TierError;
