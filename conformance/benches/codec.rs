//! Frames a second through the suite's codec: encode and mask, split, unmask and judge; and what one check costs
//! the peer: a connection with its upgrade, a message there and back with its transcript, the close.

#![expect(clippy::expect_used, reason = "a bench may panic")]

use std::time::Duration;

use conformance::peer::deflate::{Deflater, InflateRules, Inflater, Style};
use conformance::peer::msgpack::{from_msgpack, to_msgpack};
use conformance::peer::{
    Assembler, EventKind, Frame, Link, LinkOptions, Message, Request, Response, SAMPLE_KEY, Splitter, Stream,
    Transcript, accept_value, read_response, upgrade_request,
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

const FRAMES: u64 = 1_000;

fn codec(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("codec");
    group.throughput(Throughput::Elements(FRAMES));
    for size in [200, 4_096] {
        let frame = Frame::text(vec![b'a'; size]);
        let masked = frame.clone().masked([1, 2, 3, 4]);
        group.bench_function(format!("encode masked, {size} bytes"), |bencher| {
            bencher.iter(|| (0..FRAMES).map(|_| masked.encode().len()).sum::<usize>());
        });
        let bytes: Vec<u8> = (0..FRAMES).flat_map(|_| frame.encode()).collect();
        group.bench_function(format!("decode and judge, {size} bytes"), |bencher| {
            bencher.iter(|| decode(&bytes));
        });
        group.bench_function(format!("encode, decode and judge, {size} bytes"), |bencher| {
            // Joining them octet by octet would take longer than both.
            bencher.iter(|| decode(&(0..FRAMES).map(|_| frame.encode()).collect::<Vec<_>>().concat()));
        });
    }
    group.finish();
}

/// What stands around frames: heads of HTTP, and the other encoding.
fn heads(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("heads");
    group.throughput(Throughput::Elements(1));
    let request = upgrade_request("/ws/echo", "127.0.0.1:8080", SAMPLE_KEY).encode();
    group.bench_function("read a request", |bencher| bencher.iter(|| Request::parse(&request)));
    let response = acceptance(SAMPLE_KEY);
    group.bench_function("read a response", |bencher| bencher.iter(|| Response::parse(&response)));
    group.bench_function("accept value", |bencher| bencher.iter(|| accept_value(SAMPLE_KEY)));
    let rows: Vec<_> = (0..40).map(|at| serde_json::json!([at, "text", at * 37])).collect();
    let packed = to_msgpack(&serde_json::json!({"type": "query_result", "rows": rows}));
    group.bench_function(format!("MessagePack, {} bytes", packed.len()), |bencher| {
        bencher.iter(|| from_msgpack(&packed));
    });
    group.finish();
}

/// The answer that accepts `key`.
fn acceptance(key: &str) -> Vec<u8> {
    let accept = accept_value(key);
    let fields = "Upgrade: websocket\r\nConnection: Upgrade";
    format!("HTTP/1.1 101 Switching Protocols\r\n{fields}\r\nSec-WebSocket-Accept: {accept}\r\n\r\n")
        .into_bytes()
}

/// A server that echoes on the loopback interface; gives its address.
async fn echo_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(echo(stream));
        }
    });
    address
}

async fn echo(mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(());
        }
    }
    stream.write_all(&acceptance(SAMPLE_KEY)).await?;
    let mut splitter = Splitter::new(1 << 20);
    let mut piece = vec![0; 16 * 1024];
    loop {
        let size = stream.read(&mut piece).await?;
        if size == 0 {
            return Ok(());
        }
        splitter.push(&piece[..size]);
        while let Ok(Some(raw)) = splitter.next_frame() {
            stream.write_all(&Frame { mask: None, ..raw.frame }.encode()).await?;
        }
    }
}

/// Connects to `address` and upgrades.
async fn open(address: &str) -> Link {
    let mut stream = Stream::connect(address, None).await.expect("a connection");
    let request = upgrade_request("/ws/echo", address, SAMPLE_KEY);
    stream.write_all(&request.encode()).await.expect("a request");
    let mut rest = Vec::new();
    let end = Instant::now() + Duration::from_secs(10);
    let response = read_response(&mut stream, &mut rest, end, false).await.expect("an answer");
    assert_eq!(response.status, 101);
    Link::new("ws-1", stream, &rest, Transcript::default(), LinkOptions::default())
}

/// Sends `frame` and waits for what comes.
async fn there_and_back(link: &mut Link, frame: Frame) -> Option<Message> {
    link.send_frame(frame).await;
    match link.next_event(Instant::now() + Duration::from_secs(10)).await?.kind {
        EventKind::Message(message) => Some(message),
        _ => None,
    }
}

/// What one check costs: the least that it does, and each message more.
fn checks(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let address = runtime.block_on(echo_server());
    let mut group = criterion.benchmark_group("check");
    group.throughput(Throughput::Elements(1));
    group.bench_function("connect, upgrade, one message there and back, close", |bencher| {
        bencher.to_async(&runtime).iter(|| async {
            let mut link = open(&address).await;
            let message = there_and_back(&mut link, Frame::text("there and back")).await;
            assert!(matches!(message, Some(Message::Text(_))));
            there_and_back(&mut link, Frame::close(1000, "")).await
        });
    });
    // A transcript holds so many entries; a connection of its own for each batch keeps them alike.
    const MESSAGES: u32 = 100;
    group.throughput(Throughput::Elements(u64::from(MESSAGES)));
    group.bench_function("a message there and back", |bencher| {
        bencher.to_async(&runtime).iter_custom(|times| {
            let address = address.clone();
            async move {
                let mut taken = Duration::ZERO;
                for _ in 0..times {
                    let mut link = open(&address).await;
                    let begun = Instant::now();
                    for _ in 0..MESSAGES {
                        there_and_back(&mut link, Frame::text("there and back")).await;
                    }
                    taken += begun.elapsed();
                }
                taken
            }
        });
    });
    group.finish();
}

/// Messages of telemetry, compressed and not: what a check of compression costs.
fn compression(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("compression");
    group.throughput(Throughput::Elements(1));
    let text: String =
        (0..40).map(|at| format!("{{\"seq\":{at},\"level_mm\":{}}},", at * 37 % 4_000)).collect();
    let rules = InflateRules { window_bits: 15, takeover: false, limit: 1 << 20 };
    for (name, style) in [("usual", Style::Usual), ("fixed", Style::Fixed)] {
        let mut deflater = Deflater::new(15, false, style);
        let payload = deflater.message(text.as_bytes());
        group.bench_function(format!("deflate, {name}, {} bytes", text.len()), |bencher| {
            bencher.iter(|| deflater.message(text.as_bytes()).len());
        });
        let mut inflater = Inflater::new(rules);
        group.bench_function(format!("inflate, {name}, {} bytes", text.len()), |bencher| {
            bencher.iter(|| inflater.message(&payload).map(|message| message.bytes.len()));
        });
    }
    group.finish();
}

/// Counts the messages in `bytes`, which come in pieces as from a socket.
fn decode(bytes: &[u8]) -> usize {
    let (mut splitter, mut assembler) = (Splitter::new(1 << 20), Assembler::new(1 << 20));
    let mut count = 0;
    for piece in bytes.chunks(16 * 1024) {
        splitter.push(piece);
        while let Ok(Some(raw)) = splitter.next_frame() {
            count += usize::from(matches!(assembler.push(raw.frame), Ok(Some(_))));
        }
    }
    count
}

criterion_group!(benches, codec, heads, compression, checks);
criterion_main!(benches);
