//! Listeners, tasks and shutdown: the only entry of the server.

mod assembly;
mod error;
mod exposure;
mod hall;
mod http;
mod http2;
mod line;
mod listeners;
mod pipes;
mod reload;
#[cfg(test)]
pub(crate) mod rig;
mod role;
mod shutdown;
#[cfg(test)]
mod tests;
mod tls;
mod tunnel;

pub use assembly::{Server, Summary, serve};
pub use error::ServeError;
pub use http::{HttpOptions, HttpSummary, serve_http};
pub use listeners::{Addresses, Listeners};
pub use pipes::serve_stdio;
pub use reload::Reloads;
pub use role::{Role, UnknownRole};
pub use shutdown::Shutdown;
pub use tls::{TlsAcceptor, TlsError};
