//! What the path of a query costs beside the query: from the client's message to the terminal message, less the time
//! of the SQL statement (`timings_ms.sql`), through all five tiers in one process over real sockets, without declared
//! delays. An open loop: 100 questions a second for 10 s on 20 connections, each timed from the moment it was due.
//!
//! `cargo bench -p reference-server --bench query_path`; add `-- rows` to stream 1,000,000 rows too and see memory.

#![expect(clippy::unwrap_used, reason = "a benchmark that can't run stops where it stands")]

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use reference_server::config::Config;
use reference_server::serve::{Listeners, Role, Server, Shutdown};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

const RATE: u32 = 100;
const SECONDS: u32 = 10;
const CONNECTIONS: usize = 20;
/// Questions asked before anything is timed.
const WARM_UP: u32 = 100;

const QUESTIONS: [&str; 6] = [
    "show revenue",
    "Show me the top 5 customers by total purchase amount",
    "revenue by month in 2023",
    "number of orders by country",
    "top 10 products by revenue",
    "average order value by quarter",
];

/// One answered question, milliseconds.
struct Sample {
    total: f64,
    sql: f64,
    stages: f64,
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    for (name, cache) in [("results kept", 16 * 1024 * 1024), ("every statement run", 0)] {
        let samples = runtime.block_on(measure(cache));
        report(name, samples);
    }
    if std::env::args().any(|argument| argument == "rows") {
        runtime.block_on(stream_rows());
    }
}

async fn serve(change: impl FnOnce(&mut Config)) -> (SocketAddr, Shutdown) {
    let free = SocketAddr::from(([127, 0, 0, 1], 0));
    let mut config = Config::default();
    (config.listen.backend, config.listen.agents, config.listen.mcp) = (free, free, free);
    config.database.directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("data");
    config.limits.rate_limit = 1_000_000;
    change(&mut config);
    let listeners = Listeners::bind(&config, Role::All).await.unwrap();
    let server = Server::prepare(listeners, config).await.unwrap();
    let address = server.addresses().backend.unwrap();
    let shutdown = Shutdown::new();
    tokio::spawn(server.serve(shutdown.clone()));
    (address, shutdown)
}

async fn connect(address: SocketAddr) -> WebSocketStream<TcpStream> {
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    client_async(format!("ws://{address}/ws/query"), stream).await.unwrap().0
}

async fn measure(cache: usize) -> Vec<Sample> {
    let (address, shutdown) = serve(|config| config.database.result_cache_bytes = cache).await;
    let samples = Arc::new(Mutex::new(Vec::new()));
    let (mut askers, mut readers) = (Vec::new(), Vec::new());
    for _ in 0..CONNECTIONS {
        let (asker, questions) = unbounded_channel();
        askers.push(asker);
        readers.push(tokio::spawn(converse(connect(address).await, questions, Arc::clone(&samples))));
    }
    // A thread of its own: the runtime's timer is a millisecond late.
    tokio::task::spawn_blocking(move || pace(&askers)).await.unwrap();
    for reader in readers {
        reader.await.unwrap();
    }
    shutdown.stop();
    let mut samples = samples.lock().unwrap();
    std::mem::take(&mut *samples)
}

/// Asks on time, whatever became of the questions before.
fn pace(askers: &[UnboundedSender<(u32, Instant)>]) {
    let start = Instant::now() + Duration::from_millis(100);
    for number in 0..WARM_UP + RATE * SECONDS {
        let due = start + Duration::from_secs(1) * number / RATE;
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        askers[number as usize % askers.len()].send((number, due)).unwrap();
    }
}

/// One connection: sends what is due, and notes when each answer came.
async fn converse(
    socket: WebSocketStream<TcpStream>,
    mut questions: UnboundedReceiver<(u32, Instant)>,
    samples: Arc<Mutex<Vec<Sample>>>,
) {
    let (mut sink, mut source) = socket.split();
    let mut due = HashMap::new();
    let mut asking = true;
    while asking || !due.is_empty() {
        tokio::select! {
            question = questions.recv(), if asking => match question {
                Some((number, at)) => {
                    due.insert(u64::from(number), at);
                    let text = QUESTIONS[number as usize % QUESTIONS.len()];
                    let query = json!({ "type": "query", "query": text, "id": number });
                    sink.send(Message::text(query.to_string())).await.unwrap();
                }
                None => asking = false,
            },
            message = source.next() => {
                let Message::Text(text) = message.unwrap().unwrap() else { continue };
                let now = Instant::now();
                // Only the end of a query is worth reading: the client's own work must not be measured.
                if !text.starts_with("{\"type\":\"query_result\"") {
                    assert!(!text.starts_with("{\"type\":\"error\""), "{text}");
                    continue;
                }
                let result: Value = serde_json::from_str(&text).unwrap();
                let number = result["id"].as_u64().unwrap();
                let total = now.duration_since(due.remove(&number).unwrap()).as_secs_f64() * 1e3;
                if number >= u64::from(WARM_UP) {
                    let timings = result["timings_ms"].as_object().unwrap();
                    let sql = timings["sql"].as_f64().unwrap();
                    let stages = ["nlp", "data", "viz"].iter().map(|stage| timings[*stage].as_f64().unwrap()).sum();
                    samples.lock().unwrap().push(Sample { total, sql, stages });
                }
            }
        }
    }
}

fn report(name: &str, samples: Vec<Sample>) {
    println!("{name}: {} questions at {RATE}/s, milliseconds", samples.len());
    let row = |label: &str, of: &dyn Fn(&Sample) -> f64| {
        let mut values: Vec<f64> = samples.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        let at = |share: f64| values[((values.len() - 1) as f64 * share).round() as usize];
        println!("  {label:<28} p50 {:>7.3}  p99 {:>7.3}  max {:>7.3}", at(0.5), at(0.99), at(1.0));
    };
    row("message to terminal message", &|sample| sample.total);
    row("of which SQL", &|sample| sample.sql);
    row("of which stages, SQL included", &|sample| sample.stages);
    row("overhead (total less SQL)", &|sample| sample.total - sample.sql);
}

/// Streams a million rows to one client that reads.
async fn stream_rows() {
    let (address, shutdown) = serve(|config| {
        config.database.max_rows = 2_000_000;
        config.database.tpch_scale = 0.2;
        config.database.directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("data-large");
        config.database.statement_timeout = Duration::from_secs(120);
        config.limits.queue_bytes = 64 * 1024 * 1024;
        config.limits.queue_messages = 100_000;
    })
    .await;
    let mut socket = connect(address).await;
    let context = json!({ "database": "tpch" });
    let preferences = json!({ "stream": true, "max_rows": 1_000_000 });
    let query = json!({ "type": "query", "query": "list line items", "database_context": context, "preferences": preferences });
    socket.send(Message::text(query.to_string())).await.unwrap();
    let (began, mut parts, mut before, mut peak) = (Instant::now(), 0_u32, 0, 0);
    let result = loop {
        let Message::Text(text) = socket.next().await.unwrap().unwrap() else { continue };
        if text.starts_with("{\"type\":\"partial_result\"") {
            parts += 1;
            if parts == 50 {
                before = resident();
            }
            peak = peak.max(if parts.is_multiple_of(20) { resident() } else { 0 });
        } else if text.starts_with("{\"type\":\"query_result\"") || text.starts_with("{\"type\":\"error\"") {
            break serde_json::from_str::<Value>(&text).unwrap();
        }
    };
    println!(
        "{} rows in {parts} parts, {:.1} s; memory {} MiB after the first 50 parts, {} MiB at most",
        result["row_count"],
        began.elapsed().as_secs_f64(),
        before / 1_048_576,
        peak / 1_048_576,
    );
    shutdown.stop();
}

/// Resident memory of this process, bytes; 0 where it is not known.
fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.and_then(|text| text.split(' ').nth(1)?.parse::<u64>().ok());
    pages.unwrap_or(0) * 4_096
}
