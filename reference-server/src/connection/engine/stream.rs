//! The streams that connections live on.

use std::io;
use std::task::{Context, Poll};

use tokio::net::TcpStream;
use tokio::net::UnixStream;

use super::tls::TlsStream;
use super::transport::Transport;

/// A stream of either kind.
#[derive(Debug)]
pub enum Stream {
    /// Plain TCP.
    Plain(TcpStream),
    /// TLS over TCP; boxed so that plain connections don't pay for it.
    Tls(Box<TlsStream>),
    /// One end of a pair whose other end carries a stream of HTTP/2.
    Tunnel(UnixStream),
}

impl From<TcpStream> for Stream {
    fn from(stream: TcpStream) -> Self {
        Self::Plain(stream)
    }
}

impl From<tokio_rustls::server::TlsStream<TcpStream>> for Stream {
    fn from(stream: tokio_rustls::server::TlsStream<TcpStream>) -> Self {
        let (tcp, session) = stream.into_inner();
        Self::Tls(Box::new(TlsStream::new(tcp, session)))
    }
}

impl Transport for Stream {
    fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(stream) => stream.poll_readable(cx),
            Self::Tls(stream) => stream.poll_readable(cx),
            Self::Tunnel(stream) => stream.poll_readable(cx),
        }
    }

    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(stream) => stream.poll_writable(cx),
            Self::Tls(stream) => stream.poll_writable(cx),
            Self::Tunnel(stream) => stream.poll_writable(cx),
        }
    }

    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => Transport::try_read(stream, buffer),
            Self::Tls(stream) => stream.try_read(buffer),
            Self::Tunnel(stream) => Transport::try_read(stream, buffer),
        }
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => Transport::try_write(stream, bytes),
            Self::Tls(stream) => stream.try_write(bytes),
            Self::Tunnel(stream) => Transport::try_write(stream, bytes),
        }
    }

    fn shutdown_write(&self) {
        match self {
            Self::Plain(stream) => stream.shutdown_write(),
            Self::Tls(stream) => stream.shutdown_write(),
            Self::Tunnel(stream) => stream.shutdown_write(),
        }
    }

    fn shutdown_both(&self) {
        match self {
            Self::Plain(stream) => stream.shutdown_both(),
            Self::Tls(stream) => stream.shutdown_both(),
            Self::Tunnel(stream) => stream.shutdown_both(),
        }
    }
}
