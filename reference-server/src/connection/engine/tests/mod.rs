//! The engine over real loopback sockets, and over a transport made of a script.

mod backpressure;
mod closing;
mod framing;
mod interleaving;
mod random;
