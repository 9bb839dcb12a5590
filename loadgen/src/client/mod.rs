//! What a well-behaved front end does on the wire, for thousands of them at once. When it may come back, how long it waits,
//! what it may send again and where it goes on: those are the rules of the reference client (`tidegate_client`).
//!
//! REST over a lean HTTP client, sockets with a handshake of our own (no 4 KiB of handshake buffer stays
//! behind) and no buffer while they are quiet.

mod envelope;
mod error;
mod http;
mod intake;
mod link;
mod message;
mod open;
mod outgo;
mod stream;
mod upgrade;

pub use envelope::{Envelope, Text};
pub use error::LinkError;
pub use http::{HttpAnswer, request};
pub use link::Link;
pub(crate) use link::{Heard, Reading};
pub use message::Handshake;
pub(crate) use message::{chat, heartbeat, query, subscribe};
pub use open::{Door, OpenTimes, Opened, open};
pub(crate) use open::{escape, open_bare};
pub use stream::{Carrier, Secured, Stream};
