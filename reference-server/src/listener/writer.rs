//! The writing half of a WebSocket between inner tiers.

use std::time::Duration;

use bytes::Bytes;
use futures_util::SinkExt;
use futures_util::stream::SplitSink;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// Writes what is queued, and a ping now and then; ends when the queue does, or a write takes too long.
pub(crate) async fn write_queue(
    mut sink: SplitSink<WebSocketStream<TokioIo<Upgraded>>, Message>,
    mut queue: mpsc::Receiver<Message>,
    write_timeout: Duration,
    ping_interval: Duration,
) {
    let mut ping = tokio::time::interval(ping_interval);
    ping.reset();
    loop {
        let message = tokio::select! {
            message = queue.recv() => message,
            _ = ping.tick() => Some(Message::Ping(Bytes::new())),
        };
        let Some(message) = message else { break };
        match tokio::time::timeout(write_timeout, sink.send(message)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return,
        }
    }
    // The close answer, where one is owed.
    let _ = tokio::time::timeout(write_timeout, sink.close()).await;
}
