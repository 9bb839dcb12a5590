//! A service whose doors misbehave once each, in the way a table says, and are sound from then on. It counts what it
//! heard and said, so that a run's sums can be held against it.
//!
//! `/upgrade/NAME` misbehaves instead of accepting, `/message/NAME` instead of answering a message, `/closing/NAME`
//! instead of answering a close frame, `/request/NAME` instead of answering a request. Every other name is sound.
//! Requests elsewhere are those of whoever looks whether somebody is there: they are not counted.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::server::{request, respond};

/// What follows the wrong bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Then {
    /// The stream ends.
    Ends,
    /// It is reset.
    Resets,
    /// Nothing, until the other side goes.
    Waits,
    /// Nothing, and nothing is read any more.
    Deaf,
    /// It is as if nothing had been.
    GoesOn,
}

/// One way of being wrong.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    /// What is sent instead of the right answer.
    pub(crate) bytes: Vec<u8>,
    pub(crate) then: Then,
    /// Whole messages among the bytes.
    pub(crate) said: u64,
}

/// What the service has counted.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// Messages and requests that came.
    pub(crate) heard: AtomicU64,
    /// Messages, events and answers that were sent whole.
    pub(crate) said: AtomicU64,
    /// Those that have not misbehaved yet.
    left: Mutex<BTreeMap<String, Fault>>,
}

/// The service; it goes away when dropped.
pub(crate) struct Doors {
    address: SocketAddr,
    pub(crate) counts: Arc<Counts>,
    _accepting: JoinSet<()>,
}

impl Doors {
    pub(crate) async fn start(faults: BTreeMap<String, Fault>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let counts = Arc::new(Counts { left: Mutex::new(faults), ..Counts::default() });
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(listener, Arc::clone(&counts)));
        Self { address, counts, _accepting: accepting }
    }

    /// One that takes a single connection and refuses all others, until `open` is true.
    pub(crate) async fn start_shut(mut open: watch::Receiver<bool>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let counts = Arc::new(Counts::default());
        let mut accepting = JoinSet::new();
        let shared = Arc::clone(&counts);
        accepting.spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            drop(listener);
            let visit = Visit { stream, held: Vec::new(), counts: Arc::clone(&shared) };
            let _ = visit.serve().await;
            open.wait_for(|open| *open).await.unwrap();
            let socket = TcpSocket::new_v4().unwrap();
            socket.set_reuseaddr(true).unwrap();
            socket.bind(address).unwrap();
            accept(socket.listen(1_024).unwrap(), shared).await;
        });
        Self { address, counts, _accepting: accepting }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Names that have not misbehaved.
    pub(crate) fn left(&self) -> Vec<String> {
        self.counts.left.lock().unwrap().keys().cloned().collect()
    }
}

async fn accept(listener: TcpListener, counts: Arc<Counts>) {
    let mut tasks = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let visit = Visit { stream, held: Vec::new(), counts: Arc::clone(&counts) };
        tasks.spawn(async move { visit.serve().await.unwrap_or_default() });
    }
}

/// A frame of a server: not masked, whole.
pub(crate) fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x80 | opcode];
    match u16::try_from(payload.len()).unwrap() {
        short @ 0..=125 => bytes.push(u8::try_from(short).unwrap()),
        long => {
            bytes.push(126);
            bytes.extend_from_slice(&long.to_be_bytes());
        }
    }
    bytes.extend_from_slice(payload);
    bytes
}

/// A close frame.
pub(crate) fn close(code: u16, reason: &str) -> Vec<u8> {
    frame(8, &[&code.to_be_bytes(), reason.as_bytes()].concat())
}

/// What is right: the answer to every message and request.
pub(crate) const ANSWER: &str = r#"{"answer":1,"token":"t"}"#;

/// The head of an event stream.
pub(crate) const STREAM: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";

/// One connection.
struct Visit {
    stream: TcpStream,
    /// What was read too far.
    held: Vec<u8>,
    counts: Arc<Counts>,
}

impl Visit {
    /// `None` when the connection is over.
    async fn serve(mut self) -> Option<()> {
        loop {
            let (head, _) = request(&mut self.stream, &mut self.held).await?;
            let path = head.split_whitespace().nth(1).unwrap_or_default().to_owned();
            let small = head.to_ascii_lowercase();
            if small.contains("upgrade: websocket") {
                return self.socket(&path, &head).await;
            }
            if path.starts_with("/request/") {
                self.counts.heard.fetch_add(1, Relaxed);
            }
            if self.misbehaves(&path, "/request/").await? {
                continue;
            }
            if small.contains("accept: text/event-stream") {
                let events = format!("{STREAM}event: answer\ndata: {ANSWER}\n\n");
                self.counts.said.fetch_add(1, Relaxed);
                self.stream.write_all(events.as_bytes()).await.ok()?;
                return self.until_closed().await;
            }
            if path.starts_with("/request/") {
                self.counts.said.fetch_add(1, Relaxed);
            }
            let answer = respond("200 OK", "", &serde_json::from_str(ANSWER).unwrap());
            self.stream.write_all(answer.as_bytes()).await.ok()?;
        }
    }

    /// Plays the fault of `path` if that lies below `stage` and has not been played: true then, when it goes on.
    async fn misbehaves(&mut self, path: &str, stage: &str) -> Option<bool> {
        let name = path.strip_prefix(stage).unwrap_or_default();
        let fault = self.counts.left.lock().unwrap().remove(name);
        let Some(fault) = fault else { return Some(false) };
        self.counts.said.fetch_add(fault.said, Relaxed);
        // The other side may have gone before it has read everything.
        let _ = self.stream.write_all(&fault.bytes).await;
        match fault.then {
            Then::GoesOn => return Some(true),
            Then::Resets => self.stream.set_zero_linger().unwrap(),
            Then::Ends => {
                let _ = self.stream.shutdown().await;
                self.until_closed().await;
            }
            Then::Deaf => std::future::pending().await,
            Then::Waits => self.until_closed().await.unwrap_or_default(),
        }
        None
    }

    /// Nothing more is said.
    async fn until_closed(&mut self) -> Option<()> {
        let mut rest = [0_u8; 1_024];
        while self.stream.read(&mut rest).await.ok()? > 0 {}
        Some(())
    }

    async fn socket(mut self, path: &str, head: &str) -> Option<()> {
        if self.misbehaves(path, "/upgrade/").await? {
            return None;
        }
        let key = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "))?;
        let accept = derive_accept_key(key.trim().as_bytes());
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\n\r\n"
        );
        self.stream.write_all(answer.as_bytes()).await.ok()?;
        loop {
            let (opcode, payload) = self.next_frame().await?;
            if opcode == 8 {
                if !self.misbehaves(path, "/closing/").await? {
                    let _ = self.stream.write_all(&frame(8, &payload)).await;
                }
                let _ = self.stream.shutdown().await;
                return self.until_closed().await;
            }
            self.counts.heard.fetch_add(1, Relaxed);
            if self.misbehaves(path, "/message/").await? {
                continue;
            }
            if payload == b"bye" {
                self.stream.write_all(&close(1011, "gone")).await.ok()?;
                continue;
            }
            self.counts.said.fetch_add(1, Relaxed);
            self.stream.write_all(&frame(1, ANSWER.as_bytes())).await.ok()?;
        }
    }

    /// The next frame of the client: opcode and payload.
    async fn next_frame(&mut self) -> Option<(u8, Vec<u8>)> {
        loop {
            if let Some((opcode, payload, length)) = masked(&self.held) {
                self.held.drain(..length);
                return Some((opcode, payload));
            }
            if self.stream.read_buf(&mut self.held).await.ok()? == 0 {
                return None;
            }
        }
    }
}

/// The first frame in `bytes` if it is whole: opcode, payload, and its own length.
fn masked(bytes: &[u8]) -> Option<(u8, Vec<u8>, usize)> {
    let (first, rest) = bytes.split_first()?;
    let (second, rest) = rest.split_first()?;
    let (length, rest) = match second & 0x7f {
        126 => {
            rest.split_first_chunk::<2>().map(|(length, rest)| (u64::from(u16::from_be_bytes(*length)), rest))
        }
        127 => rest.split_first_chunk::<8>().map(|(length, rest)| (u64::from_be_bytes(*length), rest)),
        short => Some((u64::from(short), rest)),
    }?;
    let (mask, rest) = rest.split_first_chunk::<4>()?;
    let payload = rest.get(..usize::try_from(length).unwrap())?;
    let plain = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
    Some((first & 0x0f, plain, bytes.len() - rest.len() + payload.len()))
}
