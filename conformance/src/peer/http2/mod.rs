//! As much of HTTP/2 (RFC 9113) as it takes to open WebSockets over it (RFC 8441): by prior knowledge, with
//! header blocks of the suite's own, and each opened stream as a socket that the rest of the peer can use.

mod connection;
mod hpack;
mod tunnel;

pub use connection::{ENABLE_CONNECT_PROTOCOL, Http2, Http2Fault};
pub use hpack::{HpackFault, decode, encode};
