//! TCP sockets that hold little: what goes between suite and target must not hide who takes nothing.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket, TcpStream, lookup_host};

/// Buffer of a socket in one direction, bytes; systems may take twice as much. Of loopback's segments of 64 KiB more
/// than two fit, with fewer it would wait for acknowledgements.
const BUFFER: u32 = 128 * 1024;
/// Connections that wait to be accepted.
const BACKLOG: u32 = 1_024;

/// A listener at `address` (`host:port`), whose connections have bounded send buffers.
pub(crate) async fn listen(address: &str) -> io::Result<TcpListener> {
    let mut failed = io::ErrorKind::AddrNotAvailable.into();
    for address in lookup_host(address).await? {
        let socket = socket_for(address)?;
        // Accepted connections inherit it.
        socket.set_send_buffer_size(BUFFER)?;
        match socket.bind(address) {
            Ok(()) => return socket.listen(BACKLOG),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

/// A connection to `address` (`host:port`) with a bounded receive buffer, of `bytes` if they are given.
pub(crate) async fn connect(address: &str, bytes: Option<u32>) -> io::Result<TcpStream> {
    let mut failed = io::ErrorKind::AddrNotAvailable.into();
    for address in lookup_host(address).await? {
        let socket = socket_for(address)?;
        // It tells the peer how much may be sent only where it is set before.
        socket.set_recv_buffer_size(bytes.unwrap_or(BUFFER))?;
        match socket.connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

fn socket_for(address: SocketAddr) -> io::Result<TcpSocket> {
    if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }
}
