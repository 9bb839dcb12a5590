//! The reference client: what a well-behaved front end does on the wire.
//!
//! REST over a lean HTTP client, sockets with a handshake of our own (no 4 KiB of handshake buffer stays
//! behind) and small buffers. [`ask()`] puts one question and follows it to its end.

mod ask;
mod envelope;
mod error;
mod http;
mod link;
mod message;
mod open;
mod upgrade;

pub use ask::{Answer, Ask, AskError, QueryEvent, ask};
pub use envelope::{Envelope, Text};
pub use error::LinkError;
pub use http::{HttpAnswer, request};
pub use link::Link;
pub use message::{Handshake, ResumePoint};
pub(crate) use message::{heartbeat, query};
pub use open::{Door, OpenTimes, Opened, open};
