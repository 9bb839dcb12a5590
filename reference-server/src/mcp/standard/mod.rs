//! The standard Model Context Protocol, for any client that speaks it: over Streamable HTTP at `/mcp`, and over
//! standard input and output.
//!
//! The tools are those of the WebSocket dialect, called the same way; schemas are resources, which can be
//! watched. `fixtures` holds what the official conformance suite asks for, and is offered only where the
//! configuration allows test doors.

mod calls;
mod completion;
mod fixtures;
mod http;
mod logging;
mod page;
mod prompts;
mod resources;
mod server;
mod stdio;
mod watch;

pub(super) use http::{Mounted, PATH, unavailable};
pub use stdio::PipesError;
pub(super) use stdio::serve_pipes;
