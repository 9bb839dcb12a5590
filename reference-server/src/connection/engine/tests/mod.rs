//! The engine over real loopback sockets, and over a transport made of a script.

mod backpressure;
mod closing;
mod framing;
mod interleaving;
mod random;

/// An idle connection is these two and its task: a figure that grows is multiplied by every connection.
#[test]
fn both_halves_stay_small() {
    use super::{Outbox, Socket};
    use tokio::net::TcpStream;
    let (socket, outbox) = (size_of::<Socket<TcpStream>>(), size_of::<Outbox<TcpStream>>());
    assert!(socket <= 320 && outbox <= 384, "socket {socket}, outbox {outbox}");
}
