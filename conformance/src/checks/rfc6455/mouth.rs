//! What the talks of the tables are said with and heard by: as a client to a server, or as a server to a client.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

use crate::checks::Peer;
use crate::peer::{Event, EventKind, Frame};

use super::talk::masked;

pub(crate) use crate::client::Heard;

/// One end of an open connection.
pub(crate) trait Mouth: Send {
    /// The frame with a mask or without one, as this side has to send it.
    fn dressed(frame: &Frame) -> Frame;

    /// Sends a frame, dressed.
    fn say(&mut self, frame: Frame) -> impl Future<Output = ()> + Send;

    /// Sends a frame as it is.
    fn say_exactly(&mut self, frame: Frame) -> impl Future<Output = ()> + Send;

    /// Sends octets in writes of `size`, with a pause between some of them.
    fn pieces(&mut self, bytes: &[u8], size: usize, pause: Duration) -> impl Future<Output = ()> + Send;

    /// Sends octets as they are.
    fn bytes(&mut self, bytes: &[u8]) -> impl Future<Output = ()> + Send;

    /// Whether pings are answered at once.
    fn set_auto_pong(&mut self, on: bool);

    /// Sends nothing more on this TCP connection.
    fn half_close(&mut self) -> impl Future<Output = ()> + Send;

    /// Both sides have closed: the server ends TCP (RFC 6455 §7.1.1), where this is the server.
    fn conclude(&mut self) -> impl Future<Output = ()> + Send;

    /// What comes next and when it came; `None` when `end` passes first.
    fn hear(&mut self, end: Instant) -> impl Future<Output = Option<(Instant, Heard)>> + Send;
}

impl Mouth for Peer {
    fn dressed(frame: &Frame) -> Frame {
        masked(frame)
    }

    async fn say(&mut self, frame: Frame) {
        self.send_frame(frame).await;
    }

    async fn say_exactly(&mut self, frame: Frame) {
        self.link().send_exact(&frame).await;
    }

    async fn pieces(&mut self, bytes: &[u8], size: usize, pause: Duration) {
        self.link().send_pieces(bytes, size, pause).await;
    }

    async fn bytes(&mut self, bytes: &[u8]) {
        self.link().send_bytes(bytes).await;
    }

    fn set_auto_pong(&mut self, on: bool) {
        self.link().set_auto_pong(on);
    }

    async fn half_close(&mut self) {
        self.link().shutdown().await;
    }

    async fn conclude(&mut self) {}

    async fn hear(&mut self, end: Instant) -> Option<(Instant, Heard)> {
        let Event { at, kind } = self.next_event(end).await?;
        let heard = match kind {
            EventKind::Message(message) => Heard::Message(message),
            EventKind::Fault(fault) => Heard::Fault(fault.to_string()),
            EventKind::End(_) => Heard::End,
        };
        Some((at, heard))
    }
}
