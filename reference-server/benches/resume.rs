//! Ten thousand clients that lost their connection come back at once and resume: how long until all of them have
//! what they missed, and what it costs in statements.
//!
//! `ulimit -n 20000; cargo bench -p reference-server --bench resume`; server and clients are in one process, so
//! with fewer open files fewer clients hold their connections at one time.

#![expect(clippy::unwrap_used, reason = "a benchmark that can't run stops where it stands")]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use reference_server::config::Config;
use reference_server::serve::{Listeners, Role, Server, Shutdown};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

/// Clients that come back.
const CLIENTS: usize = 10_000;
/// Of them on their way at one time: what a listener's queue takes without losing any.
const ABREAST: usize = 1_000;

/// One raw client.
struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    async fn open(address: SocketAddr, path: &str) -> Self {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let upgrade = format!(
            "GET {path} HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        );
        stream.write_all(upgrade.as_bytes()).await.unwrap();
        let mut client = Self { stream: BufReader::with_capacity(2_048, stream) };
        let mut tail = [0; 4];
        while &tail != b"\r\n\r\n" {
            tail.rotate_left(1);
            tail[3] = client.stream.read_u8().await.unwrap();
        }
        client
    }

    /// Sends a message; the mask is zero, which changes nothing for the server.
    async fn send(&mut self, message: &Value) {
        let text = message.to_string();
        let mut frame = vec![0x81];
        match u8::try_from(text.len()) {
            Ok(short) if short < 126 => frame.push(0x80 | short),
            _ => {
                frame.push(0x80 | 126);
                frame.extend_from_slice(&u16::try_from(text.len()).unwrap().to_be_bytes());
            }
        }
        frame.extend_from_slice(&[0; 4]);
        frame.extend_from_slice(text.as_bytes());
        self.stream.get_mut().write_all(&frame).await.unwrap();
    }

    /// The next message.
    async fn next(&mut self) -> Value {
        loop {
            let (first, second) =
                (self.stream.read_u8().await.unwrap(), self.stream.read_u8().await.unwrap());
            let length = match second {
                126 => u64::from(self.stream.read_u16().await.unwrap()),
                127 => self.stream.read_u64().await.unwrap(),
                short => u64::from(short),
            };
            let mut payload = vec![0; usize::try_from(length).unwrap()];
            self.stream.read_exact(&mut payload).await.unwrap();
            if first == 0x81 {
                return serde_json::from_slice(&payload).unwrap();
            }
            assert_eq!(first, 0x89, "a message or a ping, not {:?}", String::from_utf8_lossy(&payload));
        }
    }

    async fn until(&mut self, names: &[&str]) -> Value {
        loop {
            let message = self.next().await;
            if names.iter().any(|name| message["type"] == *name) {
                return message;
            }
        }
    }
}

fn session(number: usize) -> String {
    format!("session_{number:08}")
}

/// Makes a session in which something happens; gives its epoch and top.
async fn make(address: SocketAddr, number: usize) -> (String, u64) {
    let mut client = Client::open(address, "/ws/query").await;
    let handshake = json!({
        "type": "connection_handshake", "session_id": session(number), "user_id": "bench", "agent_id": "tab",
    });
    client.send(&handshake).await;
    let acknowledged = client.until(&["connection_acknowledged"]).await;
    // Nobody answers it, which is an event like an answer.
    client.send(&json!({ "type": "query", "query": "total revenue" })).await;
    let end = client.until(&["error", "query_result"]).await;
    (acknowledged["epoch"].as_str().unwrap().to_owned(), end["offset"].as_u64().unwrap())
}

/// Comes back as one that saw nothing, and reads all it missed.
async fn come_back(address: SocketAddr, number: usize, epoch: &str, top: u64) -> (Client, Duration) {
    let began = Instant::now();
    let path = format!("/ws/progress/{}?epoch={epoch}&offset=0&agent_id=tab", session(number));
    let mut client = Client::open(address, &path).await;
    let resumed = client.until(&["resumed"]).await;
    assert_eq!((&resumed["recovered"], &resumed["to"]), (&json!(true), &json!(top)), "{resumed}");
    for offset in 1..=top {
        assert_eq!(client.next().await["offset"], offset);
    }
    (client, began.elapsed())
}

/// A figure of the metrics page, all its labels together.
async fn figure(address: SocketAddr, name: &str) -> f64 {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).await.unwrap();
    let lines =
        page.lines().filter(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '{'])));
    lines.filter_map(|line| line.rsplit(' ').next()?.trim().parse::<f64>().ok()).sum()
}

/// Clients that can hold a connection at one time: each takes two descriptors of this process.
fn room() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok());
    soft.map_or(CLIENTS, |soft| soft.saturating_sub(200) / 2).min(CLIENTS)
}

async fn storm() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.listen.backend = SocketAddr::from(([127, 0, 0, 1], 0));
    config.upstream.agents = Some("http://127.0.0.1:1".to_owned());
    config.upstream.mcp = Some("ws://127.0.0.1:1/ws".to_owned());
    config.limits.max_connections = 2 * CLIENTS;
    config.state.file = Some(folder.path().join("state.sqlite"));
    let listeners = Listeners::bind(&config, Role::Backend).await.unwrap();
    let server = Server::prepare(listeners, config).await.unwrap();
    let address = server.addresses().backend.unwrap();
    let shutdown = Shutdown::new();
    let serving = tokio::spawn(server.serve(shutdown.clone()));

    let made = futures_util::stream::iter(0..CLIENTS).map(|number| make(address, number));
    let made: Vec<(String, u64)> = made.buffered(200).collect().await;
    while figure(address, "connections").await > 0.0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let figures = ["state_statements", "call_duration_seconds_count"];
    let mut before = [0.0; 2];
    // The statements of the sessions just made are written behind them: wait until no more come.
    loop {
        let now = figure(address, figures[0]).await;
        if now > 0.0 && now == before[0] {
            break;
        }
        before[0] = now;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    before[1] = figure(address, figures[1]).await;

    let (room, began) = (room(), Instant::now());
    let (mut held, mut took) = (Vec::with_capacity(room), Vec::with_capacity(CLIENTS));
    let coming = futures_util::stream::iter(made.into_iter().enumerate()).map(|(number, (epoch, top))| {
        // A task of its own each, so that clients and server share the cores as they can.
        let task = tokio::spawn(async move { come_back(address, number, &epoch, top).await });
        async { task.await.unwrap() }
    });
    let mut coming = coming.buffer_unordered(ABREAST.min(room));
    while let Some((client, duration)) = coming.next().await {
        took.push(duration);
        if held.len() + ABREAST < room || room == CLIENTS {
            held.push(client);
        }
    }
    let all = began.elapsed();
    took.sort_unstable();
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize];
    println!(
        "{} reconnects with resume in {all:.2?} ({:.0} a second), {} held at the end; each p50 {:.1?}, p99 {:.1?}",
        took.len(),
        took.len() as f64 / all.as_secs_f64(),
        held.len(),
        at(0.5),
        at(0.99)
    );
    let after = [figure(address, figures[0]).await, figure(address, figures[1]).await];
    println!(
        "statements of the state file they caused: {}; calls to agents (the way to any database): {}",
        after[0] - before[0],
        after[1] - before[1]
    );
    drop(held);
    shutdown.stop();
    serving.await.unwrap().unwrap();
}

fn main() {
    tokio::runtime::Runtime::new().unwrap().block_on(storm());
}
