//! How the MCP server's socket ends connections: each close with its code.

use std::time::Duration;

use futures_util::StreamExt;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::deployment::{FOREVER, Mcp, config};
use crate::protocol::Peer;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn connect(mcp: &Mcp) -> Socket {
    connect_async(format!("ws://{}/ws", mcp.address)).await.unwrap().0
}

/// The close that comes next, with nothing before it.
async fn closed(socket: &mut Socket) -> (u16, String) {
    let next = tokio::time::timeout(FOREVER, socket.next()).await.unwrap().unwrap().unwrap();
    let Message::Close(Some(close)) = next else { panic!("expected a close, got {next:?}") };
    (close.code.into(), close.reason.to_string())
}

/// A frame that is masked with zeros.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).ok().filter(|length| *length < 126).unwrap();
    [&[first, 0x80 | length, 0, 0, 0, 0], payload].concat()
}

#[tokio::test]
async fn what_breaks_the_protocol_closes_with_its_code() {
    let mcp = Mcp::start(&config()).await;
    let limit = u64::try_from(config().limits.max_message_bytes).unwrap();
    let too_long = [&[0x81, 0xFF], &(limit + 1).to_be_bytes()[..], &[0; 4]].concat();
    for (name, bytes, code) in [
        ("a binary message", frame(0x82, b"{}"), 1003),
        ("text that is not UTF-8", frame(0x81, b"\xff\xfe"), 1007),
        ("UTF-8 that is cut", frame(0x81, b"\xe2\x82"), 1007),
        ("a reserved opcode", frame(0x83, b""), 1002),
        ("a reserved control opcode", frame(0x8B, b""), 1002),
        ("a reserved bit", frame(0xC1, b"{}"), 1002),
        ("no mask", b"\x81\x02{}".to_vec(), 1002),
        ("a ping in fragments", frame(0x09, b""), 1002),
        ("a continuation of nothing", frame(0x80, b"{}"), 1002),
        ("a message over the limit", too_long, 1009),
    ] {
        let mut socket = connect(&mcp).await;
        socket.get_mut().write_all(&bytes).await.unwrap();
        assert_eq!(closed(&mut socket).await.0, code, "{name}");
    }
    // None of this has harmed anybody else.
    let mut peer = Peer::connect(&mcp).await;
    peer.say(json!({ "type": "ping" })).await;
    assert_eq!(peer.hear().await["type"], "pong");
    mcp.stop().await;
}

#[tokio::test]
async fn a_close_is_answered_by_its_own_code() {
    let mcp = Mcp::start(&config()).await;
    for code in [1000_u16, 1001, 3000, 4999] {
        let mut socket = connect(&mcp).await;
        socket.get_mut().write_all(&frame(0x88, &code.to_be_bytes())).await.unwrap();
        assert_eq!(closed(&mut socket).await.0, code);
    }
    mcp.stop().await;
}

#[tokio::test]
async fn a_server_that_ends_says_so() {
    let mcp = Mcp::start(&config()).await;
    let mut socket = connect(&mcp).await;
    let ((), close) = tokio::join!(mcp.stop(), closed(&mut socket));
    assert_eq!(close, (1001, "Server shutting down".to_owned()));
}

#[tokio::test]
async fn a_silent_peer_is_given_up_after_its_time_and_not_before() {
    let config = config();
    let mcp = Mcp::start(&config).await;
    let before = Instant::now();
    let mut socket = connect(&mcp).await;
    tokio::time::pause();
    let silent = Instant::now();
    // Read by hand: its own end would answer the server's pings.
    let mut heard = Vec::new();
    while !heard.ends_with(b"Heartbeat timeout") {
        assert!(socket.get_mut().read_buf(&mut heard).await.unwrap() > 0, "ended without a close");
    }
    let close = heard.len() - b"Heartbeat timeout".len() - 2;
    assert_eq!(heard[close..close + 2], 1011_u16.to_be_bytes());
    let patience = config.timers.pong_timeout;
    // When exactly the server began to wait is not seen here.
    let (least, most) = (silent.elapsed(), before.elapsed());
    assert!(most >= patience && least < patience + Duration::from_secs(30), "{least:?} to {most:?}");
    tokio::time::resume();
    mcp.stop().await;
}
