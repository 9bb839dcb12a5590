//! The bytes below a socket: TCP, or whatever else carries them.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// What can carry a socket besides TCP.
pub trait Carrier: AsyncRead + AsyncWrite + Send + Sync + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Carrier for T {}

/// A connection. Plain TCP is the case that must cost nothing; the rest is boxed.
pub enum Stream {
    /// TCP.
    Tcp(TcpStream),
    /// TLS over TCP.
    Tls(Box<Secured>),
    /// Anything else.
    Other(Box<dyn Carrier>),
}

/// TLS over TCP. What was written is not on its way before it was flushed: that is done with every write, and what
/// did not go out then is flushed when the connection is read.
pub struct Secured {
    stream: TlsStream<TcpStream>,
    unflushed: bool,
}

impl Secured {
    pub(crate) fn new(stream: TlsStream<TcpStream>) -> Self {
        Self { stream, unflushed: false }
    }

    fn poll_write(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.unflushed = true;
        self.poll_flushed(context)?;
        written
    }

    fn poll_flushed(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        if self.unflushed
            && let Poll::Ready(flushed) = Pin::new(&mut self.stream).poll_flush(context)
        {
            self.unflushed = false;
            flushed?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Tcp(_) => "Tcp",
            Self::Tls(_) => "Tls",
            Self::Other(_) => "Other",
        })
    }
}

impl Stream {
    /// True while bytes that were taken are not on their way: then the connection must be polled.
    pub(super) fn is_unflushed(&self) -> bool {
        matches!(self, Self::Tls(stream) if stream.unflushed)
    }

    /// Writes what is taken at once; `WouldBlock` when nothing is.
    pub(super) fn try_write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Nobody is woken by this attempt: whoever has bytes left polls again.
        let mut context = Context::from_waker(Waker::noop());
        let written = match self {
            Self::Tcp(stream) => return stream.try_write(bytes),
            Self::Tls(stream) => stream.poll_write(&mut context, bytes),
            Self::Other(stream) => Pin::new(stream).poll_write(&mut context, bytes),
        };
        match written {
            Poll::Ready(written) => written,
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Tls(secured) => {
                secured.poll_flushed(context)?;
                Pin::new(&mut secured.stream).poll_read(context, buffer)
            }
            Self::Other(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tls(secured) => secured.poll_write(context, bytes),
            Self::Other(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(secured) => Pin::new(&mut secured.stream).poll_flush(context),
            Self::Other(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tls(secured) => Pin::new(&mut secured.stream).poll_shutdown(context),
            Self::Other(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
