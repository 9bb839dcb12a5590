//! One open socket.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::{SinkExt, Stream};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig, frame::coding::CloseCode};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

use super::error::LinkError;

/// Bytes read at once, and the buffer an idle socket keeps. The library's default of 128 KiB costs 134 KiB
/// a connection and is zeroed on every read.
const READ_BUFFER: usize = 512;

/// Largest message taken; a result is at most 512 KiB of rows and their envelope.
const LARGEST_MESSAGE: usize = 2 * 1024 * 1024;

/// One open socket. Pings are answered while it is read.
#[derive(Debug)]
pub struct Link {
    socket: WebSocketStream<TcpStream>,
}

impl Link {
    /// Takes over a stream whose upgrade is done; `early` was read after the headers.
    pub(super) async fn new(stream: TcpStream, early: Vec<u8>) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_write_buffer_size(256 * 1024)
            .max_message_size(Some(LARGEST_MESSAGE))
            .max_frame_size(Some(LARGEST_MESSAGE));
        let socket = WebSocketStream::from_partially_read(stream, early, Role::Client, Some(config)).await;
        Self { socket }
    }

    /// Sends one text message.
    ///
    /// # Errors
    /// The connection is broken, or does not take the message within `patience`.
    pub async fn send(&mut self, text: String, patience: Duration) -> Result<(), LinkError> {
        match timeout(patience, self.socket.send(Message::text(text))).await {
            Ok(sent) => sent.map_err(translate),
            Err(_) => Err(LinkError::Timeout { what: "room to send", patience }),
        }
    }

    /// The next text message. Control frames are dealt with here; a close frame is an error of its own.
    pub fn poll_text(&mut self, context: &mut Context<'_>) -> Poll<Result<Utf8Bytes, LinkError>> {
        loop {
            let next = match Pin::new(&mut self.socket).poll_next(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(next) => next,
            };
            return Poll::Ready(match next {
                None => Err(LinkError::Lost("the stream ended".to_owned())),
                Some(Err(error)) => Err(translate(error)),
                Some(Ok(Message::Text(text))) => Ok(text),
                Some(Ok(Message::Close(frame))) => Err(closed(frame)),
                Some(Ok(Message::Binary(_))) => {
                    Err(LinkError::Unreadable("a binary message nobody asked for".to_owned()))
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => continue,
            });
        }
    }

    /// The next text message within `patience`, `what` being the name of what is waited for.
    ///
    /// # Errors
    /// The connection broke, was closed, or nothing came within `patience`.
    pub async fn text(&mut self, what: &'static str, patience: Duration) -> Result<Utf8Bytes, LinkError> {
        timeout(patience, std::future::poll_fn(|context| self.poll_text(context)))
            .await
            .unwrap_or(Err(LinkError::Timeout { what, patience }))
    }

    /// Closes in good order: 1000, then waits for the other side's close frame.
    ///
    /// # Errors
    /// The other side does not close within `patience`, or breaks the connection.
    pub async fn close(mut self, patience: Duration) -> Result<(), LinkError> {
        let frame = CloseFrame { code: CloseCode::Normal, reason: Utf8Bytes::from_static("") };
        let farewell = async {
            self.socket.send(Message::Close(Some(frame))).await.map_err(translate)?;
            loop {
                match std::future::poll_fn(|context| self.poll_text(context)).await {
                    Ok(_) => {}
                    Err(LinkError::Closed { .. }) => return Ok(()),
                    Err(error) => return Err(error),
                }
            }
        };
        timeout(patience, farewell).await.unwrap_or(Err(LinkError::Timeout { what: "close frame", patience }))
    }
}

fn closed(frame: Option<CloseFrame>) -> LinkError {
    match frame {
        Some(frame) => LinkError::Closed { code: frame.code.into(), reason: frame.reason.to_string() },
        None => LinkError::Closed { code: 1005, reason: String::new() },
    }
}

fn translate(error: Error) -> LinkError {
    match error {
        Error::ConnectionClosed | Error::AlreadyClosed => LinkError::Lost("already closed".to_owned()),
        Error::Io(error) => LinkError::Lost(error.to_string()),
        Error::Protocol(error) => LinkError::Lost(error.to_string()),
        other => LinkError::Unreadable(other.to_string()),
    }
}
