//! The engine of one WebSocket connection: a small message layer over tungstenite's frame codec.
//!
//! - [`Socket`] belongs to the connection's task and gives what comes in.
//! - [`Outbox`] is shared with publishers, who write straight to the stream while the peer keeps up.
//! - Frames are encoded once ([`encode_text`]) for all receivers.
//!
//! Invariants: an idle connection holds no buffer; frames of several writers never interleave; a slow peer
//! costs at most its bounded queue, and nobody's time but its own; every limit is decided at a frame's header.

mod decoder;
mod deflate;
mod encode;
mod incoming;
mod lanes;
mod outbox;
mod socket;
mod stream;
#[cfg(test)]
mod tests;
mod tls;
mod transport;

pub use decoder::MessageLimits;
pub use deflate::{Deflate, encode_deflated};
pub use encode::{encode_binary, encode_text};
pub use incoming::{Farewell, Incoming, SendError};
pub use outbox::{Outbox, QueueLimits};
pub use socket::{Socket, SocketOptions};
pub use stream::Stream;
pub use tls::TlsStream;
pub use transport::Transport;
