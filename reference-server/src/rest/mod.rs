//! Requests: questions without a socket, events as a stream or by polling, sessions, health, metrics.
//!
//! The table of [`ROUTES`] is the only list of requests.

mod access;
mod answer;
mod call;
mod cors;
mod database;
mod headers;
mod health;
mod metrics;
mod progress;
mod query;
mod route;
mod router;
mod sessions;
mod stream;
mod transactions;

pub(crate) use headers::request_id;
pub use health::Dependencies;
pub use route::{Access, ROUTES, Route};
pub use router::answer;
