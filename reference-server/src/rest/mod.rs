//! Requests: questions without a socket, events as a stream or by polling, sessions, health, metrics.
//!
//! The table of [`ROUTES`] is the only list of requests.

mod access;
mod admin;
mod answer;
mod call;
mod cors;
mod database;
mod description;
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

/// Bodies of answers, for whoever describes them.
pub(crate) mod bodies {
    pub(crate) use super::admin::DeadLetterList;
    pub(crate) use super::database::{DatabaseList, SelectedBody, Verdict};
    pub(crate) use super::health::{HealthBody, ReadyBody};
    pub(crate) use super::progress::PollBody;
    pub(crate) use super::sessions::SessionBody;
    pub(crate) use super::transactions::TransactionBody;
}

pub use route::{Access, ROUTES, Route};
pub use router::answer;
