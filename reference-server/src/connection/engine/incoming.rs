//! What the engine tells the task of a connection.

use bytes::Bytes;

/// One thing that came in, in the order it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// A whole text message.
    Text(String),
    /// A whole binary message.
    Binary(Bytes),
    /// A ping. Its pong has been sent already, or joined with the pong that waits.
    Ping,
    /// A pong.
    Pong {
        /// Whether it answers one of our pings that nothing answered before.
        solicited: bool,
    },
    /// The peer closed. The close frame has been echoed; what was queued is dropped.
    Closed {
        /// Its code; `None` if the frame was empty.
        code: Option<u16>,
        /// Its reason.
        reason: String,
    },
    /// The peer broke the protocol: close with this code. Nothing more will come.
    Violation {
        /// 1002, 1007 or 1009.
        code: u16,
        /// What was wrong; fit for a close frame.
        reason: &'static str,
    },
    /// The queue overflowed or a write was blocked too long: close with 1008 "Slow consumer". What was queued
    /// is dropped (it can be had again by resuming).
    SlowConsumer,
    /// The connection broke without a close frame.
    Gone,
}

/// Why a frame was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The queue is full; the connection is being closed as a slow consumer.
    #[error("queue of a slow consumer is full")]
    Full,
    /// The connection is closing or closed.
    #[error("connection is closed")]
    Closed,
}

/// How a connection that we closed ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Farewell {
    /// The peer answered our close frame.
    Clean,
    /// Our close frame was written, the peer did not answer it in time.
    Unanswered,
    /// Our close frame could not be written.
    Undelivered,
}
