//! A connection on which messages are compressed, for a library that knows none of it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::Agreement;
use super::incoming::{Broken, Incoming};
use super::outgoing::Outgoing;
use crate::mistake::Mistake;

/// Octets that are read at one time.
const CHUNK: usize = 16 * 1024;

/// A stream whose messages are compressed beneath it, where that was agreed.
#[derive(Debug)]
pub(crate) struct Deflated<S> {
    stream: S,
    codec: Option<Box<Codec>>,
}

#[derive(Debug)]
struct Codec {
    incoming: Incoming,
    outgoing: Outgoing,
    /// What may be read, and how much of it was.
    ready: (Vec<u8>, usize),
    broken: Option<Broken>,
    /// What is to be written, and how much of it was.
    waiting: (Vec<u8>, usize),
}

impl<S> Deflated<S> {
    /// `stream`, by what was agreed.
    pub(crate) fn new(stream: S, agreement: Option<&Agreement>, mistake: Option<Mistake>) -> Self {
        let codec = agreement.map(|agreement| {
            let takes_over =
                !agreement.server_no_context_takeover && mistake != Some(Mistake::ForgetsContext);
            Box::new(Codec {
                incoming: Incoming::new(takes_over).mistaken(mistake),
                outgoing: Outgoing::new(agreement, mistake),
                ready: (Vec::new(), 0),
                broken: None,
                waiting: (Vec::new(), 0),
            })
        });
        Self { stream, codec }
    }

    /// What is beneath it.
    pub(crate) fn beneath(&self) -> &S {
        &self.stream
    }
}

impl Codec {
    /// Gives `buffer` what is ready; false when there is nothing.
    fn give(&mut self, buffer: &mut ReadBuf<'_>) -> bool {
        let (ready, given) = &mut self.ready;
        let size = (ready.len() - *given).min(buffer.remaining());
        buffer.put_slice(&ready[*given..*given + size]);
        *given += size;
        if *given == ready.len() {
            ready.clear();
            *given = 0;
        }
        size > 0
    }

    fn error(&self) -> Option<io::Error> {
        let (kind, text) = match self.broken? {
            Broken::Malformed => (io::ErrorKind::InvalidData, "a compressed message that can't be read"),
            Broken::TooLarge => (io::ErrorKind::FileTooLarge, "a compressed message that is too large"),
        };
        Some(io::Error::new(kind, text))
    }

    /// Writes what waits.
    fn poll_drain<S: AsyncWrite + Unpin>(
        &mut self,
        stream: &mut S,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        let (waiting, written) = &mut self.waiting;
        while *written < waiting.len() {
            let size = ready!(Pin::new(&mut *stream).poll_write(context, &waiting[*written..]))?;
            if size == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            *written += size;
        }
        waiting.clear();
        *written = 0;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Deflated<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let Some(codec) = &mut this.codec else {
            return Pin::new(&mut this.stream).poll_read(context, buffer);
        };
        loop {
            if codec.give(buffer) || buffer.remaining() == 0 {
                return Poll::Ready(Ok(()));
            }
            if let Some(error) = codec.error() {
                return Poll::Ready(Err(error));
            }
            let mut chunk = [0; CHUNK];
            let mut read = ReadBuf::new(&mut chunk);
            ready!(Pin::new(&mut this.stream).poll_read(context, &mut read))?;
            if read.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            // What stands before a fault is read first.
            codec.broken = codec.incoming.take(read.filled(), &mut codec.ready.0).err();
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Deflated<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let Some(codec) = &mut this.codec else {
            return Pin::new(&mut this.stream).poll_write(context, bytes);
        };
        ready!(codec.poll_drain(&mut this.stream, context))?;
        codec.outgoing.take(bytes, &mut codec.waiting.0);
        // What can't be written at once goes with the next write, or the flush.
        if let Poll::Ready(Err(error)) = codec.poll_drain(&mut this.stream, context) {
            return Poll::Ready(Err(error));
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if let Some(codec) = &mut this.codec {
            ready!(codec.poll_drain(&mut this.stream, context))?;
        }
        Pin::new(&mut this.stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if let Some(codec) = &mut this.codec {
            ready!(codec.poll_drain(&mut this.stream, context))?;
        }
        Pin::new(&mut this.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;
    use crate::deflate::Offer;

    #[tokio::test]
    async fn what_is_read_before_a_fault_is_given_and_then_the_fault() {
        let agreement = Offer::default().agreed(std::iter::once("permessage-deflate")).unwrap().unwrap();
        let wire = [&[0xc1, 7, 0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00][..], &[0xc1, 1, 6]].concat();
        let mut stream = Deflated::new(&wire[..], Some(&agreement), None);
        let mut seen = Vec::new();
        let error = stream.read_to_end(&mut seen).await.unwrap_err();
        assert_eq!((seen.as_slice(), error.kind()), (&b"\x81\x05Hello"[..], io::ErrorKind::InvalidData));
    }

    #[tokio::test]
    async fn without_an_agreement_everything_passes() {
        let mut stream = Deflated::new(&b"\xc1\x01\x06"[..], None, None);
        let mut seen = Vec::new();
        stream.read_to_end(&mut seen).await.unwrap();
        assert_eq!(seen, b"\xc1\x01\x06");
        let mut stream = Deflated::new(Vec::new(), None, None);
        stream.write_all(b"\x81\x80\x00\x00\x00\x00").await.unwrap();
        assert_eq!(stream.stream, b"\x81\x80\x00\x00\x00\x00");
    }
}
