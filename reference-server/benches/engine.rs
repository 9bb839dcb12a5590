//! The engine beside a plain tokio-tungstenite server (512-byte read buffers), in one run: CPU of the server's
//! thread per echo and per delivery to many, and memory per idle connection (the plain server's includes the
//! mailbox by which it can be published to). Read the ratios; absolute figures
//! differ by half from machine to machine.
//!
//! `cargo bench -p reference-server --bench engine`; needs 5,000 open files (`ulimit -n`).

#![expect(clippy::unwrap_used, reason = "a benchmark that can't run stops where it stands")]

use std::cell::Cell;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use futures_util::{SinkExt as _, StreamExt as _};
use http::{Request, Response};
use reference_server::config::Config;
use reference_server::connection::engine::{Incoming, Outbox, Socket, encode_binary, encode_text};
use reference_server::doors::{Body, Doors, Opening, Service, full};
use reference_server::observe::Metrics;
use reference_server::serve::{HttpOptions, Shutdown, serve_http};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

/// Payload of every message, bytes: a usual progress message.
const PAYLOAD: usize = 200;
/// The same as a server frame: 4 bytes of header.
const FRAME: usize = PAYLOAD + 4;
/// Connections that echo.
const ECHOING: usize = 64;
/// Connections that receive one event each.
const RECEIVING: usize = 1_000;
/// Connections that do nothing.
const IDLE: usize = 2_000;

const UPGRADE: &str = "GET /ws/query HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// The two servers compared.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Engine,
    Plain,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Engine => "engine",
            Self::Plain => "tokio-tungstenite",
        }
    }
}

/// A server on a thread of its own, so that its CPU time can be told from the clients'.
struct Server {
    address: SocketAddr,
    schedstat: PathBuf,
    /// Each message is one event to all connections.
    publish: UnboundedSender<()>,
    shutdown: Shutdown,
    thread: Option<thread::JoinHandle<()>>,
}

impl Server {
    fn start(kind: Kind) -> Self {
        let (publish, events) = unbounded_channel();
        let (tell, told) = mpsc::channel();
        let shutdown = Shutdown::new();
        let stop = shutdown.clone();
        let thread = thread::spawn(move || {
            let task = fs::read_link("/proc/thread-self").unwrap_or_default();
            let schedstat = PathBuf::from("/proc").join(task).join("schedstat");
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send((listener.local_addr().unwrap(), schedstat)).unwrap();
                match kind {
                    Kind::Engine => engine(listener, events, stop).await,
                    Kind::Plain => plain(listener, events, stop).await,
                }
            });
        });
        let (address, schedstat) = told.recv().unwrap();
        Self { address, schedstat, publish, shutdown, thread: Some(thread) }
    }

    /// CPU time of the server's thread so far; wall time where the system does not tell.
    fn cpu(&self, since: Instant) -> Duration {
        let nanoseconds = fs::read_to_string(&self.schedstat)
            .ok()
            .and_then(|text| text.split_whitespace().next().and_then(|first| first.parse().ok()));
        nanoseconds.map_or_else(|| since.elapsed(), Duration::from_nanos)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shutdown.stop();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

struct Bench {
    doors: Doors,
    outboxes: Mutex<Vec<Arc<Outbox>>>,
    shutdown: Shutdown,
}

impl Service for Bench {
    fn doors(&self) -> &Doors {
        &self.doors
    }

    async fn http(self: Arc<Self>, _: Request<hyper::body::Incoming>, _: SocketAddr) -> Response<Body> {
        Response::new(full(""))
    }

    fn admit(&self, _: &mut Opening) -> Result<(), Box<Response<Body>>> {
        Ok(())
    }

    async fn connection(self: Arc<Self>, _: Opening, mut socket: Socket) {
        self.outboxes.lock().unwrap().push(Arc::clone(socket.outbox()));
        loop {
            let frame = match socket.next().await {
                Incoming::Text(text) => encode_text(text.as_bytes()),
                Incoming::Binary(bytes) => encode_binary(&bytes),
                Incoming::Ping | Incoming::Pong { .. } => continue,
                _ => break,
            };
            let _ = socket.outbox().send(&frame);
        }
        self.outboxes.lock().unwrap().retain(|outbox| !Arc::ptr_eq(outbox, socket.outbox()));
    }
}

async fn engine(listener: TcpListener, mut events: UnboundedReceiver<()>, stop: Shutdown) {
    let doors = Doors::new(&Config::default());
    let bench = Arc::new(Bench { doors, outboxes: Mutex::default(), shutdown: stop.clone() });
    let publisher = Arc::clone(&bench);
    tokio::spawn(async move {
        while events.recv().await.is_some() {
            let frame = encode_text(&[b'x'; PAYLOAD]);
            for outbox in publisher.outboxes.lock().unwrap().iter() {
                let _ = outbox.send(&frame);
            }
        }
    });
    let options = HttpOptions::new(&Config::default(), Arc::new(Metrics::default()));
    let shutdown = bench.shutdown.clone();
    serve_http(listener, bench, options, shutdown).await;
}

async fn plain(listener: TcpListener, mut events: UnboundedReceiver<()>, stop: Shutdown) {
    let mailboxes: Arc<Mutex<Vec<UnboundedSender<Utf8Bytes>>>> = Arc::default();
    let publisher = Arc::clone(&mailboxes);
    tokio::spawn(async move {
        while events.recv().await.is_some() {
            let text = Utf8Bytes::from("x".repeat(PAYLOAD));
            publisher.lock().unwrap().retain(|mailbox| mailbox.send(text.clone()).is_ok());
        }
    });
    loop {
        tokio::select! {
            () = stop.stopping() => return,
            Ok((stream, _)) = listener.accept() => {
                stream.set_nodelay(true).unwrap();
                let (sender, receiver) = unbounded_channel();
                mailboxes.lock().unwrap().push(sender);
                tokio::spawn(plain_connection(stream, receiver));
            }
        }
    }
}

async fn plain_connection(stream: TcpStream, mut mailbox: UnboundedReceiver<Utf8Bytes>) {
    let config = WebSocketConfig::default().read_buffer_size(512).write_buffer_size(0);
    let Ok(mut socket) = tokio_tungstenite::accept_async_with_config(stream, Some(config)).await else {
        return;
    };
    loop {
        let message = tokio::select! {
            message = socket.next() => match message {
                Some(Ok(message @ (Message::Text(_) | Message::Binary(_)))) => message,
                Some(Ok(_)) => continue,
                _ => return,
            },
            Some(text) = mailbox.recv() => Message::Text(text),
        };
        if socket.send(message).await.is_err() {
            return;
        }
    }
}

/// Opens connections; the clients are the same for both servers.
async fn open(address: SocketAddr, count: usize) -> Vec<TcpStream> {
    let mut clients = Vec::with_capacity(count);
    for _ in 0..count {
        let mut client = TcpStream::connect(address).await.unwrap();
        client.set_nodelay(true).unwrap();
        client.write_all(UPGRADE.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(client.read_u8().await.unwrap());
        }
        clients.push(client);
    }
    clients
}

/// A masked client frame of [`PAYLOAD`] bytes; the mask is zero, which changes nothing for the server.
fn client_frame() -> Vec<u8> {
    let mut frame = vec![0x81, 0x80 | 126, 0, u8::try_from(PAYLOAD).unwrap(), 0, 0, 0, 0];
    frame.extend([b'x'; PAYLOAD]);
    frame
}

async fn echo(clients: &mut [TcpStream], rounds: usize) {
    let frame = client_frame();
    let mut answer = [0; FRAME];
    for _ in 0..rounds {
        for client in clients.iter_mut() {
            client.write_all(&frame).await.unwrap();
        }
        for client in clients.iter_mut() {
            client.read_exact(&mut answer).await.unwrap();
        }
    }
}

async fn receive(publish: &UnboundedSender<()>, clients: &mut [TcpStream], rounds: usize) {
    let mut event = [0; FRAME];
    for _ in 0..rounds {
        publish.send(()).unwrap();
        for client in clients.iter_mut() {
            client.read_exact(&mut event).await.unwrap();
        }
    }
}

fn client_runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// CPU per message of one server: all rounds of a benchmark together.
#[derive(Default)]
struct Tally {
    messages: Cell<u64>,
    cpu: Cell<Duration>,
}

impl Tally {
    fn add(&self, messages: u64, cpu: Duration) -> Duration {
        self.messages.set(self.messages.get() + messages);
        self.cpu.set(self.cpu.get() + cpu);
        cpu
    }

    fn microseconds(&self) -> f64 {
        self.cpu.get().as_secs_f64() * 1e6 / self.messages.get() as f64
    }
}

/// Runs one workload against both servers; prints the ratio.
fn compare(
    criterion: &mut Criterion,
    title: &str,
    connections: usize,
    run: impl Fn(&Runtime, &Server, &mut [TcpStream], usize),
) {
    let mut group = criterion.benchmark_group(title);
    group.sample_size(10).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(4));
    group.throughput(Throughput::Elements(connections as u64));
    let tallies = [Kind::Engine, Kind::Plain].map(|kind| {
        let (server, runtime, tally) = (Server::start(kind), client_runtime(), Tally::default());
        let mut clients = runtime.block_on(open(server.address, connections));
        // one round of a benchmark is one message on every connection
        group.bench_function(BenchmarkId::from_parameter(kind.name()), |bencher| {
            bencher.iter_custom(|rounds| {
                let begun = Instant::now();
                let before = server.cpu(begun);
                run(&runtime, &server, &mut clients, usize::try_from(rounds).unwrap());
                tally.add(rounds * connections as u64, server.cpu(begun).saturating_sub(before))
            });
        });
        drop(clients);
        tally.microseconds()
    });
    group.finish();
    let [engine, plain] = tallies;
    // not a number when the filter left this workload out
    let ratio = engine / plain;
    if ratio.is_finite() {
        println!(
            "{title}: engine {engine:.2} µs of server CPU a message, tokio-tungstenite {plain:.2} µs, ratio {ratio:.2}\n"
        );
    }
}

fn echoes(criterion: &mut Criterion) {
    compare(criterion, "echo", ECHOING, |runtime, _, clients, rounds| {
        runtime.block_on(echo(clients, rounds));
    });
}

fn fan_out(criterion: &mut Criterion) {
    compare(criterion, "fan-out", RECEIVING, |runtime, server, clients, rounds| {
        runtime.block_on(receive(&server.publish, clients, rounds));
    });
}

/// Resident memory of this process, bytes.
fn resident() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<f64>().ok()? * 1024.0)
}

fn memory(_: &mut Criterion) {
    for kind in [Kind::Engine, Kind::Plain] {
        let server = Server::start(kind);
        // what the first connections bring stays out of the figure
        let _first: Vec<_> = (0..50).map(|_| idle(server.address)).collect();
        reference_server::observe::memory::trim();
        let before = resident();
        // clients of the standard library hold no memory of this process but their descriptors
        let _clients: Vec<_> = (0..IDLE).map(|_| idle(server.address)).collect();
        reference_server::observe::memory::trim();
        match (before, resident()) {
            (Some(before), Some(after)) => println!(
                "memory: {} {:.1} KiB per idle connection ({IDLE} connections)",
                kind.name(),
                (after - before) / 1024.0 / IDLE as f64
            ),
            _ => println!("memory: unknown on this system"),
        }
    }
}

/// A blocking client behind an open door, that has echoed once.
fn idle(address: SocketAddr) -> std::net::TcpStream {
    let mut client = std::net::TcpStream::connect(address).unwrap();
    client.write_all(UPGRADE.as_bytes()).unwrap();
    let mut byte = [0];
    let mut tail = [0; 4];
    while &tail != b"\r\n\r\n" {
        client.read_exact(&mut byte).unwrap();
        tail.rotate_left(1);
        tail[3] = byte[0];
    }
    client.write_all(&client_frame()).unwrap();
    client.read_exact(&mut [0; FRAME]).unwrap();
    client
}

criterion_group!(benches, memory, echoes, fan_out);
criterion_main!(benches);
