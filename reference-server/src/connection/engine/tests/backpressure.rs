//! A slow reader costs its own bounded queue and nothing else.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::super::{Incoming, Outbox, SendError, Socket, encode_text};
use super::closing::pair;
use crate::config::{Limits, Timers};
use crate::serve::rig::{PATIENCE, frame};

fn message(index: usize, length: usize) -> Bytes {
    encode_text(format!("{index:0length$}").as_bytes())
}

/// Sends until the socket takes no more; gives how many were sent. One message waits then.
fn fill(outbox: &Outbox) -> usize {
    let mut sent = 0;
    while outbox.queued() == 0 {
        outbox.send(&message(sent, 1_000)).unwrap();
        sent += 1;
    }
    sent
}

async fn stalled(change: impl FnOnce(&mut Timers, &mut Limits)) -> (Socket, TcpStream) {
    // none of these peers answers a close frame
    let close_timeout = Duration::from_millis(20);
    let (mut timers, mut limits) = (Timers { close_timeout, ..Timers::default() }, Limits::default());
    change(&mut timers, &mut limits);
    pair(&timers, &limits).await
}

/// Reads a stream to its end; gives whole text payloads in order, and the close frame's payload.
async fn read_all(mut client: TcpStream) -> (Vec<String>, Option<Vec<u8>>) {
    let mut bytes = Vec::new();
    let _ = timeout(PATIENCE, client.read_to_end(&mut bytes)).await.unwrap();
    let (mut texts, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let (start, length) = match bytes[at + 1] {
            126 => (at + 4, usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]))),
            short => (at + 2, usize::from(short)),
        };
        let payload = bytes[start..start + length].to_vec();
        match bytes[at] {
            0x81 => texts.push(String::from_utf8(payload).unwrap()),
            0x88 => return (texts, Some(payload)),
            other => assert_eq!(other, 0x8A),
        }
        at = start + length;
    }
    (texts, None)
}

#[tokio::test]
async fn what_waits_goes_out_in_order_once_the_peer_reads() {
    let (socket, client) = stalled(|_, limits| limits.queue_messages = 100).await;
    let outbox = Arc::clone(socket.outbox());
    let mut sent = fill(&outbox);
    for _ in 0..50 {
        outbox.send(&message(sent, 1_000)).unwrap();
        sent += 1;
    }
    assert_eq!(outbox.queued(), 51);
    let reader = tokio::spawn(read_all(client));
    socket.close(1000, "done").await;
    let (texts, close) = reader.await.unwrap();
    assert_eq!(texts, (0..sent).map(|index| format!("{index:01000}")).collect::<Vec<_>>());
    assert_eq!(close.unwrap(), b"\x03\xE8done");
}

#[tokio::test]
async fn the_queue_is_bounded_in_messages() {
    let (mut socket, client) = stalled(|_, limits| limits.queue_messages = 3).await;
    let outbox = Arc::clone(socket.outbox());
    let sent = fill(&outbox);
    outbox.send(&message(sent, 10)).unwrap();
    outbox.send(&message(sent + 1, 10)).unwrap();
    assert_eq!(outbox.send(&message(0, 10)), Err(SendError::Full));
    assert_eq!(outbox.send(&message(0, 10)), Err(SendError::Closed), "only once full");
    assert_eq!(outbox.queued(), 1, "what had not begun is dropped at once");
    assert_eq!(timeout(PATIENCE, socket.next()).await.unwrap(), Incoming::SlowConsumer);
    let reader = tokio::spawn(read_all(client));
    socket.close(1008, "Slow consumer").await;
    let (texts, close) = reader.await.unwrap();
    assert_eq!(texts.len(), sent, "the message that had begun is finished");
    assert_eq!(close.unwrap(), b"\x03\xF0Slow consumer");
}

#[tokio::test]
async fn bytes_count_when_more_than_one_message_waits_and_replay_is_exempt() {
    let (socket, _client) = stalled(|_, limits| limits.queue_bytes = 5_000).await;
    let outbox = socket.outbox();
    fill(outbox);
    for index in 0..1_000 {
        outbox.send_exempt(&message(index, 1_000)).unwrap();
    }
    for index in 0..3 {
        outbox.send(&message(index, 1_000)).unwrap();
    }
    assert_eq!(outbox.send(&message(0, 2_000)), Err(SendError::Full));

    let (socket, _client) = stalled(|_, limits| limits.queue_bytes = 10).await;
    let alone = message(0, 60_000);
    while socket.outbox().queued() == 0 {
        assert_eq!(socket.outbox().send(&alone), Ok(()), "one message may wait, however large");
    }
    assert_eq!(socket.outbox().send(&message(0, 1)), Err(SendError::Full));
}

#[tokio::test]
async fn a_write_blocked_too_long_is_a_slow_consumer() {
    let (mut socket, _client) = stalled(|timers, _| timers.write_timeout = Duration::from_millis(20)).await;
    fill(socket.outbox());
    assert_eq!(timeout(PATIENCE, socket.next()).await.unwrap(), Incoming::SlowConsumer);
    assert_eq!(socket.outbox().send(&message(0, 1)), Err(SendError::Closed));
}

#[tokio::test]
async fn messages_come_in_while_writes_are_blocked_and_pongs_are_joined() {
    let (mut socket, mut client) = stalled(|_, _| {}).await;
    let outbox = Arc::clone(socket.outbox());
    let sent = fill(&outbox);
    for round in 0..200_u8 {
        client.write_all(&frame(0x89, &[round])).await.unwrap();
        assert_eq!(timeout(PATIENCE, socket.next()).await.unwrap(), Incoming::Ping);
    }
    client.write_all(&frame(0x81, b"still heard")).await.unwrap();
    assert_eq!(timeout(PATIENCE, socket.next()).await.unwrap(), Incoming::Text("still heard".to_owned()));
    assert_eq!(outbox.queued(), 1, "one pong is owed beside it, not two hundred");
    let reader = tokio::spawn(read_pongs(client));
    // nothing comes in any more, but it writes
    assert_eq!(timeout(PATIENCE, socket.next()).await.unwrap(), Incoming::Gone);
    let (texts, pongs) = reader.await.unwrap();
    assert_eq!((texts, pongs), (sent, vec![199]));
}

/// Reads until a pong comes; counts text frames, gives the pongs' payloads.
async fn read_pongs(mut client: TcpStream) -> (usize, Vec<u8>) {
    let (mut texts, mut head) = (0, [0; 2]);
    loop {
        timeout(PATIENCE, client.read_exact(&mut head)).await.unwrap().unwrap();
        let mut length = usize::from(head[1]);
        if length == 126 {
            length = usize::from(timeout(PATIENCE, client.read_u16()).await.unwrap().unwrap());
        }
        let mut payload = vec![0; length];
        timeout(PATIENCE, client.read_exact(&mut payload)).await.unwrap().unwrap();
        if head[0] == 0x8A {
            return (texts, payload);
        }
        texts += 1;
    }
}

#[tokio::test]
async fn a_slow_reader_costs_only_itself() {
    let (slow, _stalled) = stalled(|_, limits| limits.queue_messages = 10).await;
    let (fast, client) = stalled(|_, _| {}).await;
    let reader = tokio::spawn(read_all(client));
    let mut refused = 0;
    for index in 0..20_000 {
        let event = message(index, 500);
        refused += usize::from(slow.outbox().send(&event).is_err());
        fast.outbox().send(&event).unwrap();
        if fast.outbox().queued() > 100 {
            // the reader is a task of this same thread
            tokio::task::yield_now().await;
            let mut fast = std::pin::pin!(std::future::poll_fn(|cx| fast.outbox().poll_flush(cx)));
            timeout(PATIENCE, &mut fast).await.unwrap();
        }
    }
    assert!(refused > 0, "the stalled one overflowed");
    fast.close(1000, "").await;
    assert_eq!(reader.await.unwrap().0.len(), 20_000);
}
