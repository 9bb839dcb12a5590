//! A stream as HTTP reads it: with bytes that were read before, and an end for peers that take nothing.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// What HTTP/2 begins with (RFC 9113, 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What is read at once to see which protocol it is.
const FIRST_READ: usize = 1024;

/// A stream under HTTP.
pub(super) struct Line<S> {
    stream: S,
    /// Read before, and not yet given on.
    read: Bytes,
    /// How long a write may be blocked.
    patience: Duration,
    blocked: Option<Pin<Box<Sleep>>>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Line<S> {
    pub(super) const fn new(stream: S, patience: Duration) -> Self {
        Self { stream, read: Bytes::new(), patience, blocked: None }
    }

    /// Whether the peer begins HTTP/2 without having asked (prior knowledge). Waits only as long as it may.
    ///
    /// # Errors
    /// The stream's own; `UnexpectedEof` when it ends first.
    pub(super) async fn begins_http2(&mut self) -> io::Result<bool> {
        let mut seen = Vec::with_capacity(FIRST_READ);
        let verdict = loop {
            if self.stream.read_buf(&mut seen).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let length = seen.len().min(PREFACE.len());
            if seen[..length] != PREFACE[..length] {
                break false;
            }
            if length == PREFACE.len() {
                break true;
            }
        };
        self.read = seen.into();
        Ok(verdict)
    }

    /// The stream itself. Nothing that was read before may be left: HTTP has taken it.
    pub(super) fn into_inner(self) -> S {
        self.stream
    }

    /// Ready with an error when the peer has taken nothing for too long.
    fn poll_blocked(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let patience = self.patience;
        let timer = self.blocked.get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(timer.as_mut().poll(cx));
        Poll::Ready(io::Error::new(io::ErrorKind::TimedOut, "the peer takes nothing"))
    }

    fn watched<T>(&mut self, cx: &mut Context<'_>, done: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if done.is_pending() {
            return self.poll_blocked(cx).map(Err);
        }
        self.blocked = None;
        done
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Line<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.read.is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, buffer);
        }
        let length = self.read.len().min(buffer.remaining());
        buffer.put_slice(&self.read[..length]);
        self.read.advance(length);
        if self.read.is_empty() {
            self.read = Bytes::new();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Line<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watched(cx, done)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.watched(cx, done)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.stream).poll_flush(cx);
        self.watched(cx, done)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.watched(cx, done)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncWriteExt as _, duplex};

    use super::*;

    #[tokio::test]
    async fn http2_is_known_by_its_preface_however_it_comes() {
        for (sent, expected) in [
            (&b"GET / HTTP/1.1\r\n"[..], Some(false)),
            (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nrest", Some(true)),
            (b"PRI * HTTP/1.1\r\n", Some(false)),
            (b"P", None),
            (b"", None),
        ] {
            let (mut peer, stream) = duplex(1);
            let mut line = Line::new(stream, Duration::from_secs(1));
            let text = sent.to_vec();
            // The peer is gone when all is sent, or when nobody reads any more.
            drop(tokio::spawn(async move { peer.write_all(&text).await }));
            let verdict = line.begins_http2().await;
            match expected {
                Some(expected) => assert_eq!(verdict.unwrap(), expected),
                None => assert_eq!(verdict.unwrap_err().kind(), io::ErrorKind::UnexpectedEof),
            }
        }
    }

    #[tokio::test]
    async fn what_was_read_before_is_read_again() {
        let (mut peer, stream) = duplex(64);
        let mut line = Line::new(stream, Duration::from_secs(1));
        peer.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
        assert!(!line.begins_http2().await.unwrap());
        peer.write_all(b"\r\n").await.unwrap();
        drop(peer);
        let mut all = Vec::new();
        line.read_to_end(&mut all).await.unwrap();
        assert_eq!(all, b"GET / HTTP/1.1\r\n\r\n");
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_takes_nothing_ends_the_stream() {
        let (_peer, stream) = duplex(1);
        let mut line = Line::new(stream, Duration::from_secs(10));
        let error = line.write_all(b"two").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}
