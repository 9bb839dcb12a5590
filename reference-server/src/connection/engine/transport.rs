//! The byte stream under a connection: readiness and attempts, never a buffer.

use std::fmt;
use std::io;
use std::task::{Context, Poll};

use tokio::net::TcpStream;

/// A stream that can be tried without waiting, by shared reference.
///
/// Publishers write from their own tasks while the connection's task reads; TLS can come later behind this.
pub trait Transport: Send + Sync + fmt::Debug + 'static {
    /// Ready when a read is worth trying. Only the connection's task may ask.
    ///
    /// # Errors
    /// When the runtime shuts down.
    fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Ready when a write is worth trying. Only the connection's task may ask.
    ///
    /// # Errors
    /// When the runtime shuts down.
    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Reads what is there; 0 is the end.
    ///
    /// # Errors
    /// `WouldBlock` when nothing is there, otherwise the stream's own.
    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize>;

    /// Writes what fits.
    ///
    /// # Errors
    /// `WouldBlock` when nothing fits, otherwise the stream's own.
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize>;

    /// Ends our direction: the peer reads the end after what was written.
    fn shutdown_write(&self);

    /// Ends both directions. Publishers may hold the stream a little longer; this ends it for the peer.
    fn shutdown_both(&self);
}

impl Transport for TcpStream {
    fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_read_ready(cx)
    }

    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_write_ready(cx)
    }

    /// A read that fills less than the buffer has emptied the socket: noting that here saves the system call
    /// that would only say so. Sound where readiness is edge-triggered, as in tokio's own `poll_read`; the
    /// readiness that is cleared is the one from before the read, so nothing that came since is missed.
    #[cfg(target_os = "linux")]
    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        use std::io::Read as _;
        let mut emptied = None;
        let read = self.try_io(tokio::io::Interest::READABLE, || {
            let count = (&*socket2::SockRef::from(self)).read(buffer)?;
            if count == 0 || count == buffer.len() {
                return Ok(count);
            }
            emptied = Some(count);
            Err(io::ErrorKind::WouldBlock.into())
        });
        emptied.map_or(read, Ok)
    }

    #[cfg(not(target_os = "linux"))]
    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        Self::try_read(self, buffer)
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        Self::try_write(self, bytes)
    }

    fn shutdown_write(&self) {
        // fails only when the peer is gone already
        let _ = socket2::SockRef::from(self).shutdown(std::net::Shutdown::Write);
    }

    fn shutdown_both(&self) {
        let _ = socket2::SockRef::from(self).shutdown(std::net::Shutdown::Both);
    }
}

impl Transport for tokio::net::UnixStream {
    fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_read_ready(cx)
    }

    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_write_ready(cx)
    }

    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        Self::try_read(self, buffer)
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        Self::try_write(self, bytes)
    }

    fn shutdown_write(&self) {
        // fails only when the other end is gone already
        let _ = socket2::SockRef::from(self).shutdown(std::net::Shutdown::Write);
    }

    fn shutdown_both(&self) {
        let _ = socket2::SockRef::from(self).shutdown(std::net::Shutdown::Both);
    }
}
