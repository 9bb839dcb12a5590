//! The clients: as cheap as can be, so that the machine is the server's.

use std::io::BufRead as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::runtime::Builder;

use super::child::say;

/// Payload of an echo, bytes.
const PAYLOAD: usize = 200;

/// Offers compression.
const DEFLATE: &str = "Sec-WebSocket-Extensions: permessage-deflate\r\n";

/// Latencies in milliseconds, the last for all that is longer.
type Latencies = Arc<[AtomicU64]>;

/// Does one job with `count` connections, and says what came of it.
pub(crate) fn run(job: &str, address: &str, path: &str, count: usize) {
    let address: SocketAddr = address.parse().unwrap();
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    match job {
        "hold" | "hold-deflate" => {
            let offer = if job == "hold" { "" } else { DEFLATE };
            let clients = runtime.block_on(offering(address, path, count, offer));
            say("open");
            wait();
            drop(clients);
            say("left");
            wait();
        }
        "echo" => {
            let mut clients = runtime.block_on(open(address, path, count));
            say("open");
            let rounds: usize = wait().parse().unwrap();
            runtime.block_on(echo(&mut clients, rounds));
            say("done");
            wait();
        }
        "upgrade" => {
            say("open");
            let rounds: usize = wait().parse().unwrap();
            for _ in 0..rounds {
                let clients = runtime.block_on(open(address, path, count));
                // a reset leaves no port behind that can't be used again for a minute
                for client in clients {
                    let _ = socket2::SockRef::from(&client).set_linger(Some(Duration::ZERO));
                }
            }
            say("done");
            wait();
        }
        "receive" => receive(address, path, count),
        "stall" => {
            // nothing is ever read, and little fits in between
            let clients = runtime.block_on(open(address, path, count));
            for client in &clients {
                socket2::SockRef::from(client).set_recv_buffer_size(4_096).unwrap();
            }
            say("open");
            wait();
            drop(clients);
        }
        other => panic!("unknown job {other}"),
    }
}

/// The next line of whoever started this process.
fn wait() -> String {
    std::io::stdin().lock().lines().next().and_then(Result::ok).unwrap_or_default()
}

async fn open(address: SocketAddr, path: &str, count: usize) -> Vec<TcpStream> {
    offering(address, path, count, "").await
}

/// Opens connections, some at a time. `#` in the path is the number of the connection.
async fn offering(address: SocketAddr, path: &str, count: usize, offer: &str) -> Vec<TcpStream> {
    const AT_A_TIME: usize = 100;
    let mut clients = Vec::with_capacity(count);
    for batch in (0..count).collect::<Vec<_>>().chunks(AT_A_TIME) {
        let opening =
            batch.iter().map(|number| one(address, path.replace('#', &format!("{number:07}")), offer));
        clients.extend(futures_util::future::join_all(opening).await);
    }
    clients
}

async fn one(address: SocketAddr, path: String, offer: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    // more connections than one address has ports would need more addresses
    let mut client = socket.connect(address).await.unwrap();
    client.set_nodelay(true).unwrap();
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{offer}\r\n"
    );
    client.write_all(request.as_bytes()).await.unwrap();
    let mut head = [0; 1_024];
    let mut had = 0;
    while !head[..had].windows(4).any(|four| four == b"\r\n\r\n") {
        let count = client.read(&mut head[had..]).await.unwrap();
        assert!(count > 0, "{path} was not opened");
        had += count;
    }
    assert!(head.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&head[..had]));
    client
}

/// A masked frame; the mask is zero, which changes nothing for the server.
fn frame() -> Vec<u8> {
    let mut frame = vec![0x81, 0x80 | 126, 0, u8::try_from(PAYLOAD).unwrap(), 0, 0, 0, 0];
    frame.extend([b'x'; PAYLOAD]);
    frame
}

async fn echo(clients: &mut [TcpStream], rounds: usize) {
    let (frame, mut answer) = (frame(), [0; PAYLOAD + 4]);
    for _ in 0..rounds {
        for client in clients.iter_mut() {
            client.write_all(&frame).await.unwrap();
        }
        for client in clients.iter_mut() {
            client.read_exact(&mut answer).await.unwrap();
        }
    }
}

/// Reads all that comes. `count` says how many messages came; `latency` the 50th and 99th percentile since then.
fn receive(address: SocketAddr, path: &str, count: usize) {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let received = Arc::new(AtomicU64::new(0));
    let latencies: Latencies = (0..=1_000).map(|_| AtomicU64::new(0)).collect();
    let clients = runtime.block_on(open(address, path, count));
    for client in clients {
        runtime.spawn(read(client, Arc::clone(&received), Arc::clone(&latencies)));
    }
    say("open");
    loop {
        let line = wait();
        match line.split_once(' ') {
            // reach COUNT: waits until that many came
            Some(("reach", wanted)) => {
                let (wanted, begun) = (wanted.parse().unwrap(), Instant::now());
                while received.load(Ordering::Relaxed) < wanted && begun.elapsed() < Duration::from_secs(60) {
                    std::thread::sleep(Duration::from_millis(2));
                }
                say(&received.load(Ordering::Relaxed).to_string());
            }
            _ if line == "latency" => {
                let counts: Vec<u64> =
                    latencies.iter().map(|count| count.swap(0, Ordering::Relaxed)).collect();
                say(&format!("{} {}", percentile(&counts, 0.5), percentile(&counts, 0.99)));
            }
            _ => return,
        }
    }
}

fn percentile(counts: &[u64], part: f64) -> usize {
    let wanted = (counts.iter().sum::<u64>() as f64 * part).ceil() as u64;
    let mut seen = 0;
    counts
        .iter()
        .position(|count| {
            seen += count;
            seen >= wanted
        })
        .unwrap_or(0)
}

/// Counts the frames of one connection.
async fn read(mut client: TcpStream, received: Arc<AtomicU64>, latencies: Latencies) {
    let mut held = Vec::new();
    let mut buffer = [0; 4_096];
    loop {
        // nothing is kept while nothing comes: there are many of these
        let Ok(count @ 1..) = client.read(&mut buffer).await else { return };
        held.extend_from_slice(&buffer[..count]);
        while let Some(end) = whole(&held) {
            if let Some(made) = made_at(&held[..end]) {
                received.fetch_add(1, Ordering::Relaxed);
                let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_micros();
                let millis = usize::try_from(now.saturating_sub(made) / 1_000).unwrap();
                latencies[millis.min(latencies.len() - 1)].fetch_add(1, Ordering::Relaxed);
            }
            held.drain(..end);
        }
        if held.is_empty() {
            held = Vec::new();
        }
    }
}

/// Where the first frame ends.
fn whole(bytes: &[u8]) -> Option<usize> {
    let end = match bytes {
        [_, 126, high, low, ..] => 4 + usize::from(u16::from_be_bytes([*high, *low])),
        [_, short, ..] if *short < 126 => 2 + usize::from(*short),
        _ => return None,
    };
    (bytes.len() >= end).then_some(end)
}

/// When a message was made, microseconds; the plain server's say nothing and count as made now.
fn made_at(frame: &[u8]) -> Option<u128> {
    if frame.ends_with(b"xx") {
        return Some(u128::MAX);
    }
    let at = frame.windows(3).position(|three| three == b"at=")? + 3;
    let digits = frame[at..].iter().take_while(|byte| byte.is_ascii_digit());
    Some(digits.fold(0, |value, digit| value * 10 + u128::from(digit - b'0')))
}
