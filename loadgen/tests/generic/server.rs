//! A plain service on tokio-tungstenite, with doors that misbehave in one way each, and some HTTP beside it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

/// The service; it goes away when dropped.
pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    _accepting: JoinSet<()>,
    /// Upgrades so far.
    pub(crate) upgrades: Arc<AtomicU64>,
    /// `/gated` answers nothing while it is false.
    pub(crate) gate: watch::Sender<bool>,
}

impl Service {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let upgrades = Arc::new(AtomicU64::new(0));
        let mut accepting = JoinSet::new();
        let counted = Arc::clone(&upgrades);
        let (gate, entry) = watch::channel(true);
        accepting.spawn(async move {
            let mut tasks = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tasks.spawn(serve(stream, Arc::clone(&counted), entry.clone()));
            }
        });
        Self { address, _accepting: accepting, upgrades, gate }
    }

    pub(crate) fn url(&self) -> String {
        format!("ws://{}", self.address)
    }
}

async fn serve(stream: TcpStream, upgrades: Arc<AtomicU64>, gate: watch::Receiver<bool>) {
    let mut head = [0_u8; 2048];
    let Ok(read) = stream.peek(&mut head).await else { return };
    let text = String::from_utf8_lossy(&head[..read]).to_ascii_lowercase();
    if text.contains("upgrade: websocket") {
        upgrades.fetch_add(1, Relaxed);
        socket(stream, gate).await;
    } else {
        http(stream).await;
    }
}

/// The door is the path.
#[expect(clippy::result_large_err, reason = "the library wants the refusal as its error")]
async fn socket(stream: TcpStream, gate: watch::Receiver<bool>) {
    let mut path = String::new();
    let mut authorized = true;
    let accepted =
        tokio_tungstenite::accept_hdr_async(stream, |request: &Request, mut response: Response| {
            path = request.uri().path().to_owned();
            let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
            authorized = header("authorization").is_none_or(|value| value == "Bearer sesame");
            if let Some(offered) = header("sec-websocket-protocol") {
                let chosen = offered.split(',').next().unwrap_or_default().trim().parse().unwrap();
                response.headers_mut().insert("sec-websocket-protocol", chosen);
            }
            Ok(response)
        });
    let Ok(socket) = accepted.await else { return };
    let mut visit = Visit { socket, path, gate, before: None };
    if visit.path == "/greeting" {
        let greeting = json!({"type": "hello", "id": "connection-0001", "authorized": authorized});
        let _ = visit.socket.send(Message::text(greeting.to_string())).await;
    }
    while let Some(Ok(message)) = visit.socket.next().await {
        match message {
            Message::Close(_) => {
                // The answer is queued.
                let _ = visit.socket.flush().await;
                return;
            }
            Message::Text(_) | Message::Binary(_) => match visit.answer(message).await {
                Some(()) => {}
                None => return,
            },
            _ => {}
        }
    }
}

/// A socket behind its door.
struct Visit {
    socket: WebSocketStream<TcpStream>,
    path: String,
    gate: watch::Receiver<bool>,
    /// The message before.
    before: Option<Message>,
}

impl Visit {
    /// Answers one message as the door does; `None` when the connection is over.
    async fn answer(&mut self, message: Message) -> Option<()> {
        let text = message.to_text().unwrap_or_default().to_owned();
        let json: Value = serde_json::from_str(&text).unwrap_or_default();
        let socket = &mut self.socket;
        match self.path.as_str() {
            "/silent" => {}
            // One message behind.
            "/late" => {
                if let Some(before) = self.before.replace(message) {
                    socket.send(before).await.ok()?;
                }
            }
            "/gated" => {
                self.gate.wait_for(|open| *open).await.ok()?;
                socket.send(message).await.ok()?;
            }
            "/wrong" => {
                let wrong = json!({"id": json["id"], "n": "wrong"});
                socket.send(Message::text(wrong.to_string())).await.ok()?;
            }
            "/close" => {
                let frame = CloseFrame { code: 1011.into(), reason: "broken".into() };
                socket.close(Some(frame)).await.ok()?;
                // Until the other side has closed as well.
                while let Some(Ok(_)) = socket.next().await {}
                return None;
            }
            "/reset" => return None,
            "/chatty" => {
                for number in 0..3 {
                    let noise = json!({"type": "noise", "number": number});
                    socket.send(Message::text(noise.to_string())).await.ok()?;
                }
                socket.send(message).await.ok()?;
            }
            _ => socket.send(message).await.ok()?,
        }
        Some(())
    }
}

async fn http(mut stream: TcpStream) {
    let mut held = Vec::new();
    loop {
        let Some((head, body)) = request(&mut stream, &mut held).await else { return };
        let path = head.split_whitespace().nth(1).unwrap_or_default().to_owned();
        let answer = match path.as_str() {
            "/login" => {
                respond("201 Created", "Set-Cookie: sid=abc123; Path=/\r\n", &json!({"token": "sesame"}))
            }
            "/whoami" => {
                let known = head.to_ascii_lowercase().contains("cookie: sid=abc123");
                respond("200 OK", "", &json!({"known": known}))
            }
            "/slow" => {
                // Until the other side goes.
                while stream.read(&mut [0; 64]).await.is_ok_and(|count| count > 0) {}
                return;
            }
            "/gone" => return,
            "/fails" => respond("503 Service Unavailable", "", &json!({"error": "full"})),
            "/events" => {
                let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
                let events = "retry: 5\n\nevent: tick\ndata: {\"n\":1}\n\nevent: done\ndata: {\"n\":2}\n\n";
                let _ = stream.write_all(format!("{head}{events}").as_bytes()).await;
                return;
            }
            _ => respond("200 OK", "", &serde_json::from_slice(&body).unwrap_or(json!({"ok": true}))),
        };
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

pub(crate) fn respond(status: &str, headers: &str, body: &Value) -> String {
    let body = body.to_string();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}

pub(crate) async fn request(stream: &mut TcpStream, held: &mut Vec<u8>) -> Option<(String, Vec<u8>)> {
    loop {
        if let Some(end) = held.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&held[..end]).into_owned();
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
            });
            let whole = end + 4 + length.unwrap_or(0);
            if held.len() >= whole {
                let body = held[end + 4..whole].to_vec();
                held.drain(..whole);
                return Some((head, body));
            }
        }
        if stream.read_buf(held).await.ok()? == 0 {
            return None;
        }
    }
}
