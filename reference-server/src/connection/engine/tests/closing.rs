//! RFC 6455, section 7: how connections end.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::super::{Farewell, Incoming, Socket, SocketOptions};
use crate::config::{Limits, Timers};
use crate::serve::rig::{PATIENCE, Rig, close_frame, frame};

#[tokio::test]
async fn a_close_is_echoed_with_its_code() {
    let rig = Rig::start(|_| {}).await;
    for code in
        [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]
    {
        let mut peer = rig.open().await;
        peer.send(&close_frame(code, "a reason £")).await;
        assert_eq!(peer.closed().await, (code, String::new()));
    }
    let mut peer = rig.open().await;
    peer.send(&frame(0x88, b"")).await;
    assert_eq!(peer.frame().await.unwrap(), (0x88, "".into()), "no code is echoed with no code");
    assert_eq!(peer.frame().await, None);
    rig.stop_clean().await;
}

#[tokio::test]
async fn close_frames_that_break_the_protocol() {
    let rig = Rig::start(|_| {}).await;
    for code in [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535] {
        let mut peer = rig.open().await;
        peer.send(&close_frame(code, "")).await;
        assert_eq!(peer.closed().await.0, 1002, "{code}");
    }
    for (name, payload, code) in
        [("one byte", &b"\x03"[..], 1002), ("reason no UTF-8", &b"\x03\xE8\xFF\xFE"[..], 1007)]
    {
        let mut peer = rig.open().await;
        peer.send(&frame(0x88, payload)).await;
        assert_eq!(peer.closed().await.0, code, "{name}");
    }
    rig.stop_clean().await;
}

#[tokio::test]
async fn nothing_is_answered_after_a_close() {
    let rig = Rig::start(|_| {}).await;
    let mut peer = rig.open().await;
    let after = [close_frame(1000, ""), frame(0x89, b"ping"), frame(0x81, b"text"), vec![0xFF; 100]].concat();
    peer.send(&after).await;
    assert_eq!(peer.closed().await.0, 1000);
    rig.stop_clean().await;
}

#[tokio::test]
async fn our_close_comes_after_what_is_queued() {
    let rig = Rig::start(|_| {}).await;
    let mut peer = rig.open().await;
    peer.send(&[frame(0x81, b"first"), frame(0x81, b"close"), frame(0x81, b"too late")].concat()).await;
    assert_eq!(peer.frame().await.unwrap().1, "first");
    let (first, payload) = peer.frame().await.unwrap();
    assert_eq!((first, &payload[..]), (0x88, &b"\x0F\xA0asked"[..]));
    peer.send(&close_frame(4000, "")).await;
    assert_eq!(peer.frame().await, None);
    rig.stop_clean().await;
}

/// A socket on loopback without a listener behind it.
pub(super) async fn pair(timers: &Timers, limits: &Limits) -> (Socket, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (server, _) = listener.accept().await.unwrap();
    (Socket::new(server.into(), &[], &SocketOptions::new(limits, timers)), client)
}

#[tokio::test]
async fn farewells_tell_what_became_of_the_close_frame() {
    use tokio::io::AsyncWriteExt as _;
    let timers = Timers { close_timeout: Duration::from_millis(30), ..Timers::default() };
    let (socket, mut client) = pair(&timers, &Limits::default()).await;
    client.write_all(&close_frame(1000, "")).await.unwrap();
    assert_eq!(socket.close(1000, "").await, Farewell::Clean);
    let (socket, _client) = pair(&timers, &Limits::default()).await;
    assert_eq!(socket.close(1000, "").await, Farewell::Unanswered);
    let (mut socket, client) = pair(&timers, &Limits::default()).await;
    drop(client);
    assert_eq!(timeout(PATIENCE, socket.next()).await.unwrap(), Incoming::Gone);
    let outbox = Arc::clone(socket.outbox());
    assert_eq!(socket.close(1000, "").await, Farewell::Undelivered);
    assert!(!outbox.is_open());
}

#[tokio::test]
async fn pongs_are_told_apart_by_whether_they_were_asked_for() {
    use tokio::io::AsyncWriteExt as _;
    let (mut socket, mut client) = pair(&Timers::default(), &Limits::default()).await;
    let begun = socket.last_frame_at();
    for _ in 0..3 {
        socket.ping();
    }
    let number = |number: u64| frame(0x8A, &number.to_be_bytes());
    for (name, bytes, solicited) in [
        ("a guess at the future", number(4), false),
        ("the second", number(2), true),
        ("the first, answered by the second", number(1), false),
        ("the second again", number(2), false),
        ("no number", frame(0x8A, b"x"), false),
        ("empty", frame(0x8A, b""), false),
        ("the third", number(3), true),
    ] {
        client.write_all(&bytes).await.unwrap();
        assert_eq!(timeout(PATIENCE, socket.next()).await.unwrap(), Incoming::Pong { solicited }, "{name}");
    }
    assert!(socket.last_frame_at() > begun);
}
