//! Listeners, tasks and shutdown: the only entry of the server.

mod hall;
mod http;
mod shutdown;

pub use http::{HttpOptions, HttpSummary, serve_http};
pub use shutdown::Shutdown;
