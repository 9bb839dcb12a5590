//! Where the client comes to: every TCP connection with the moment it was made, and the request on it.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, timeout};

use crate::checks::{ReasonCode, Step, fail};
use crate::peer::{Direction, MAX_HEAD, Request, Response, Transcript, accept_value, head_end};

use super::link::ServerLink;

/// Time for a request head to arrive.
const HEAD_LIMIT: Duration = Duration::from_secs(10);
/// Largest body that is read.
const LARGEST_BODY: usize = 1024 * 1024;

/// A connection of the client, with its first request.
#[derive(Debug)]
pub(crate) struct Visit {
    /// When the TCP connection was made.
    pub(crate) at: Instant,
    /// Name in the transcript.
    pub(crate) name: String,
    /// The request; without a method when the connection ended, or said something else, before one.
    pub(crate) request: Request,
    /// What stood there instead of a request, or behind it.
    pub(crate) behind: Vec<u8>,
    stream: TcpStream,
    transcript: Transcript,
}

impl Visit {
    /// True when it asks for a WebSocket.
    pub(crate) fn is_upgrade(&self) -> bool {
        self.request.field("Upgrade").is_some_and(|value| value.eq_ignore_ascii_case("websocket"))
    }

    /// The answer that accepts: 101 with the right value and nothing else.
    pub(crate) fn acceptance(&self) -> Response {
        let key = self.request.field("Sec-WebSocket-Key").unwrap_or_default();
        let mut response = Response::new(101, "Switching Protocols", Vec::new());
        response.headers.clear();
        response.set_field("Upgrade", Some("websocket"));
        response.set_field("Connection", Some("Upgrade"));
        response.set_field("Sec-WebSocket-Accept", Some(&accept_value(key)));
        response
    }

    /// What the client sent behind its request before an answer.
    pub(crate) fn early(&self) -> Vec<u8> {
        let mut more = vec![0; 1024];
        let size = self.stream.try_read(&mut more).unwrap_or_default();
        [&self.behind[..], &more[..size]].concat()
    }

    /// Accepts and becomes a link.
    pub(crate) async fn accept(self) -> ServerLink {
        let response = self.acceptance();
        self.answer_with(&response, &[]).await
    }

    /// Sends `response` with `behind` in the same packet, and becomes a link whatever it says.
    pub(crate) async fn answer_with(mut self, response: &Response, behind: &[u8]) -> ServerLink {
        let mut bytes = response.encode();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        self.transcript.add(&self.name, Direction::Sent, "http", &text, None);
        bytes.extend_from_slice(behind);
        // A client that is gone shows itself at the next reading.
        let _ = self.stream.write_all(&bytes).await;
        ServerLink::new(self.name, self.stream, &self.behind, self.transcript)
    }

    /// Sends `bytes` for an answer, whatever they are, and becomes a link.
    pub(crate) async fn answer_with_bytes(self, bytes: &[u8]) -> ServerLink {
        let mut link = ServerLink::new(self.name, self.stream, &self.behind, self.transcript);
        link.send_bytes(bytes).await;
        link
    }

    /// Sends the head `bytes` octet by octet, and becomes a link.
    pub(crate) async fn answer_in_pieces(mut self, bytes: &[u8]) -> ServerLink {
        self.transcript.add(&self.name, Direction::Sent, "pieces", &String::from_utf8_lossy(bytes), None);
        for piece in bytes.chunks(1) {
            let _ = self.stream.write_all(piece).await;
            tokio::task::yield_now().await;
        }
        ServerLink::new(self.name, self.stream, &self.behind, self.transcript)
    }

    /// Answers an ordinary request and ends the connection.
    pub(crate) async fn answer(mut self, response: Response) {
        let mut response = response;
        response.set_field("Connection", Some("close"));
        let bytes = response.encode();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        self.transcript.add(&self.name, Direction::Sent, "http", &text, None);
        let _ = self.stream.write_all(&bytes).await;
        let _ = self.stream.shutdown().await;
    }

    /// Answers with JSON.
    pub(crate) async fn answer_json(self, status: u16, body: &serde_json::Value) {
        let mut response = Response::new(status, "Made", body.to_string());
        response.set_field("Content-Type", Some("application/json"));
        self.answer(response).await;
    }

    /// Ends the connection without an answer; gives the moment before.
    pub(crate) fn cut(self) -> Instant {
        self.transcript.note(&self.name, "cut before an answer");
        let at = Instant::now();
        drop(self.stream);
        at
    }

    /// The JSON of the request's body.
    pub(crate) fn body(&self) -> Step<serde_json::Value> {
        match serde_json::from_slice(&self.request.body) {
            Ok(value) => Ok(value),
            Err(error) => fail(ReasonCode::Malformed, "a JSON body", error.to_string()),
        }
    }
}

/// A listener on a free port.
#[derive(Debug)]
pub(crate) struct Listener {
    address: SocketAddr,
    pub(crate) visits: mpsc::UnboundedReceiver<Visit>,
    task: JoinHandle<()>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Listener {
    /// Listens on the loopback interface.
    pub(crate) async fn start(transcript: &Transcript) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (sender, visits) = mpsc::unbounded_channel();
        let task = tokio::spawn(accept(listener, sender, transcript.clone()));
        Ok(Self { address, visits, task })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

async fn accept(listener: TcpListener, sender: mpsc::UnboundedSender<Visit>, transcript: Transcript) {
    let mut readings = JoinSet::new();
    let mut count = 0;
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                let at = Instant::now();
                count += 1;
                let _ = stream.set_nodelay(true);
                let name = format!("wire-{count}");
                let (sender, transcript) = (sender.clone(), transcript.clone());
                readings.spawn(async move {
                    // The case may be over.
                    if let Some(visit) = read(stream, at, name, transcript).await {
                        let _ = sender.send(visit);
                    }
                });
            }
            Some(_) = readings.join_next() => {}
        }
    }
}

/// Reads one request with its body. A connection that says nothing at all is none: browsers and HTTP libraries
/// open some in advance.
async fn read(mut stream: TcpStream, at: Instant, name: String, transcript: Transcript) -> Option<Visit> {
    let mut bytes = Vec::new();
    let head = timeout(HEAD_LIMIT, async {
        loop {
            if let Some(end) = head_end(&bytes) {
                return Some(end);
            }
            if bytes.len() > MAX_HEAD || !matches!(stream.read_buf(&mut bytes).await, Ok(1..)) {
                return None;
            }
        }
    })
    .await
    .ok()
    .flatten();
    if bytes.is_empty() {
        transcript.note(&name, "a connection that says nothing");
        return None;
    }
    let parsed = head.and_then(|end| Some((Request::parse(&bytes[..end])?, end)));
    let Some((mut request, end)) = parsed else {
        transcript.add(&name, Direction::Received, "bytes", "no request", Some(&bytes));
        return Some(Visit { at, name, request: Request::new("", ""), behind: bytes, stream, transcript });
    };
    transcript.add(&name, Direction::Received, "http", &String::from_utf8_lossy(&bytes[..end]), None);
    bytes.drain(..end);
    let length = request.field("Content-Length").and_then(|length| length.parse::<usize>().ok());
    let length = length.unwrap_or(0).min(LARGEST_BODY);
    let body =
        async { while bytes.len() < length && matches!(stream.read_buf(&mut bytes).await, Ok(1..)) {} };
    let _ = timeout(HEAD_LIMIT, body).await;
    request.body = bytes.drain(..length.min(bytes.len())).collect();
    if !request.body.is_empty() {
        let text = String::from_utf8_lossy(&request.body);
        transcript.add(&name, Direction::Received, "body", &text, None);
    }
    Some(Visit { at, name, request, behind: bytes, stream, transcript })
}
