//! Requests: questions without a socket, sessions, health, metrics.

mod answer;
mod body;
mod health;
mod query;
mod router;
mod sessions;

pub use health::Dependencies;
pub use router::answer;
