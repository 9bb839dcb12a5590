//! The reference client of the protocol, on tokio-tungstenite.
//!
//! - [`Client`]: queues until it may speak, shakes hands, shows signs of life, comes back after a loss, resumes,
//!   tells nothing twice, falls back to HTTP.
//! - [`address`], [`backoff`], [`retry`], [`resume`], [`identity`]: the rules it goes by, each a small pure module
//!   that other clients can use alone. [`upgrade`] is the opening handshake, [`deflate`] compression.
//! - No TLS: [`address::resolve`] gives `wss://` where the variables say so, and a client refuses to connect to it.
//! - [`contract`]: the client behind lines of JSON on standard input and output, as `tidegate check-client` plays
//!   with clients; the example `contract` is a program of it.

pub mod address;
pub mod backoff;
mod client;
mod connection;
pub mod contract;
pub mod deflate;
mod echo;
mod engine;
mod error;
mod http;
pub mod identity;
mod lengths;
mod message;
mod mistake;
mod questions;
pub mod resume;
pub mod retry;
mod settings;
pub mod upgrade;
mod utf8;

pub use client::{Client, Do, Event, State, Via};
pub use error::ClientError;
pub use mistake::Mistake;
pub use settings::Settings;
