//! Listeners, tasks and shutdown: the only entry of the server.

mod hall;
mod http;
#[cfg(test)]
pub(crate) mod rig;
mod shutdown;
#[cfg(test)]
mod tests;

pub use http::{HttpOptions, HttpSummary, serve_http};
pub use shutdown::Shutdown;
