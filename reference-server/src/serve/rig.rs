//! For tests: an echo service on a real loopback listener, and a raw peer that can send anything.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::{HttpOptions, HttpSummary, Shutdown, serve_http};
use crate::config::Config;
use crate::connection::engine::{Incoming, Socket, encode_binary, encode_text};
use crate::doors::{Body, Doors, Opening, Service, error_answer, full};
use crate::observe::Metrics;
use crate::wire::error::{Code, Failure};

/// Longest wait for anything that must come: only a broken test takes it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Sends back every message. The text `panic` panics, `close` closes with 4000 "asked", `session` tells what
/// the door is.
pub(crate) struct Echo {
    pub(crate) shutdown: Shutdown,
    pub(crate) doors: Doors,
}

impl Service for Echo {
    fn doors(&self) -> &Doors {
        &self.doors
    }

    async fn http(
        self: Arc<Self>,
        request: Request<hyper::body::Incoming>,
        _peer: SocketAddr,
    ) -> Response<Body> {
        match request.uri().path() {
            "/health" => Response::new(full("healthy")),
            "/panic" => panic!("asked to"),
            _ => error_answer(StatusCode::NOT_FOUND, &Failure::new(Code::NotFound, "nothing here")),
        }
    }

    fn admit(&self, _opening: &mut Opening) -> Result<(), Box<Response<Body>>> {
        if self.shutdown.is_draining() {
            let failure = Failure::new(Code::ServerFull, "draining")
                .with(serde_json::json!({ "reason": "draining", "retry_after": 5 }));
            return Err(Box::new(error_answer(StatusCode::SERVICE_UNAVAILABLE, &failure)));
        }
        Ok(())
    }

    async fn connection(self: Arc<Self>, opening: Opening, mut socket: Socket) {
        loop {
            let incoming = tokio::select! {
                incoming = socket.next() => incoming,
                () = self.shutdown.stopping() => {
                    socket.close(1001, "Server shutting down").await;
                    return;
                }
            };
            let frame = match incoming {
                Incoming::Text(text) => match text.as_str() {
                    "panic" => panic!("asked to"),
                    "close" => {
                        socket.close(4000, "asked").await;
                        return;
                    }
                    "door" => encode_text(format!("{:?} {:?}", opening.door, opening.query).as_bytes()),
                    _ => encode_text(text.as_bytes()),
                },
                Incoming::Binary(bytes) => encode_binary(&bytes),
                Incoming::Ping | Incoming::Pong { .. } => continue,
                Incoming::Closed { .. } | Incoming::Gone => return,
                Incoming::Violation { code, reason } => {
                    socket.close(code, reason).await;
                    return;
                }
                Incoming::SlowConsumer => {
                    socket.close(1008, "Slow consumer").await;
                    return;
                }
            };
            let _ = socket.outbox().send(&frame);
        }
    }
}

/// A running server.
pub(crate) struct Rig {
    pub(crate) address: SocketAddr,
    pub(crate) shutdown: Shutdown,
    pub(crate) metrics: Arc<Metrics>,
    server: JoinHandle<HttpSummary>,
}

impl Rig {
    pub(crate) async fn start(change: impl FnOnce(&mut Config)) -> Self {
        let shutdown = Shutdown::new();
        let echo = Arc::new(Echo { shutdown: shutdown.clone(), doors: Doors::new(&Config::default()) });
        Self::serve(echo, shutdown, change).await
    }

    pub(crate) async fn serve<S: Service>(
        service: Arc<S>,
        shutdown: Shutdown,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut config = Config::default();
        change(&mut config);
        let metrics = Arc::new(Metrics::default());
        let options = HttpOptions::new(&config, Arc::clone(&metrics));
        let server = tokio::spawn(serve_http(listener, service, options, shutdown.clone()));
        Self { address, shutdown, metrics, server }
    }

    /// Stops and joins everything.
    pub(crate) async fn stop(self) -> HttpSummary {
        self.shutdown.stop();
        timeout(PATIENCE, self.server).await.expect("the server ends").expect("the server does not panic")
    }

    /// Stops, and fails if anything panicked or hung.
    pub(crate) async fn stop_clean(self) {
        let summary = self.stop().await;
        assert_eq!((summary.panics, summary.abandoned), (0, 0), "{summary:?}");
    }

    pub(crate) async fn connect(&self) -> Peer {
        Peer { stream: TcpStream::connect(self.address).await.unwrap(), read: Vec::new() }
    }

    /// A peer behind an open door.
    pub(crate) async fn open(&self) -> Peer {
        let mut peer = self.connect().await;
        peer.send(upgrade("/ws/query", "").as_bytes()).await;
        assert_eq!(peer.head().await.0, 101);
        peer
    }
}

/// An upgrade request with further header lines.
pub(crate) fn upgrade(path: &str, more: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{more}\r\n"
    )
}

/// A client frame: first byte, then the shortest length, mask, payload.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x12, 0x34, 0x56, 0x78];
    let mut bytes = vec![first];
    match payload.len() {
        short @ 0..=125 => bytes.push(0x80 | u8::try_from(short).unwrap()),
        middle @ 126..=65_535 => {
            bytes.push(0x80 | 126);
            bytes.extend(u16::try_from(middle).unwrap().to_be_bytes());
        }
        long => {
            bytes.push(0x80 | 127);
            bytes.extend((long as u64).to_be_bytes());
        }
    }
    bytes.extend(mask);
    bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key));
    bytes
}

/// A client's close frame.
pub(crate) fn close_frame(code: u16, reason: &str) -> Vec<u8> {
    frame(0x88, &[&code.to_be_bytes(), reason.as_bytes()].concat())
}

/// A raw client.
pub(crate) struct Peer {
    pub(crate) stream: TcpStream,
    read: Vec<u8>,
}

impl Peer {
    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        // the server may have closed on purpose before all is sent
        let _ = timeout(PATIENCE, self.stream.write_all(bytes)).await.expect("the server reads");
    }

    async fn fill(&mut self) -> bool {
        let count =
            timeout(PATIENCE, self.stream.read_buf(&mut self.read)).await.expect("the server answers");
        count.is_ok_and(|count| count > 0)
    }

    /// Status and the whole head of an answer.
    pub(crate) async fn head(&mut self) -> (u16, String) {
        let end = loop {
            if let Some(at) = self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            assert!(self.fill().await, "ended inside a head: {:?}", String::from_utf8_lossy(&self.read));
        };
        let head = String::from_utf8(self.read.drain(..end).collect()).unwrap();
        (head[9..12].parse().unwrap(), head.to_ascii_lowercase())
    }

    /// What is left until the server ends the stream.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        while self.fill().await {}
        std::mem::take(&mut self.read)
    }

    /// Passes over bytes, such as a body.
    pub(crate) async fn skip(&mut self, count: usize) {
        while self.read.len() < count {
            assert!(self.fill().await, "ended inside a body");
        }
        self.read.drain(..count);
    }

    /// The next frame: first byte and payload; `None` at the end of the stream.
    pub(crate) async fn frame(&mut self) -> Option<(u8, Bytes)> {
        loop {
            if let Some((used, frame)) = split_frame(&self.read) {
                self.read.drain(..used);
                return Some(frame);
            }
            if !self.fill().await {
                assert!(self.read.is_empty(), "ended inside a frame: {:?}", self.read);
                return None;
            }
        }
    }

    /// The next frame must be a close frame: its code and reason; then the stream must end.
    pub(crate) async fn closed(mut self) -> (u16, String) {
        let (first, payload) = self.frame().await.expect("a close frame");
        assert_eq!(first, 0x88, "{payload:?}");
        let (code, reason) = payload.split_at(2);
        let closed =
            (u16::from_be_bytes(code.try_into().unwrap()), String::from_utf8(reason.to_vec()).unwrap());
        assert_eq!(self.frame().await, None, "nothing comes after a close frame");
        closed
    }
}

/// Splits a server frame off the front.
fn split_frame(bytes: &[u8]) -> Option<(usize, (u8, Bytes))> {
    let (&first, &second) = (bytes.first()?, bytes.get(1)?);
    assert_eq!(second & 0x80, 0, "a server does not mask");
    let (start, length) = match second {
        126 => (4, usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().unwrap()))),
        127 => (10, usize::try_from(u64::from_be_bytes(bytes.get(2..10)?.try_into().unwrap())).unwrap()),
        short => (2, usize::from(short)),
    };
    let payload = bytes.get(start..start + length)?;
    Some((start + length, (first, Bytes::copy_from_slice(payload))))
}
