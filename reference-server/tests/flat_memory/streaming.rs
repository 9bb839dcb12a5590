//! A streamed result passes through every tier without being collected anywhere: memory stays flat, however many rows
//! there are. A process of its own, because its memory is what is measured.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use reference_server::agents::{Agent, AgentSet, Job, Progress};
use reference_server::config::Config;
use reference_server::mcp::TierError;
use reference_server::serve::{Listeners, Role, Server, Shutdown};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::CancellationToken;

/// Rows of the stream. Unoptimized, a twentieth is enough to tell what is collected from what passes.
const ROWS: u64 = if cfg!(debug_assertions) { 50_000 } else { 1_000_000 };
/// Every row carries a text of this many characters: collected, even the fewer rows would take three times what is allowed.
const TEXT: usize = 1_600;
/// What memory may grow by after the first rows: buffers, and pages of the allocator.
const GROWTH: u64 = 24 * 1024 * 1024;

/// Takes the statement from the question.
#[derive(Debug)]
struct Dictated;

impl Agent for Dictated {
    fn name(&self) -> &'static str {
        "nlp"
    }

    fn tasks(&self) -> &'static [&'static str] {
        &["Processing NLP..."]
    }

    fn delay_twentieths(&self) -> u32 {
        1
    }

    fn run<'a>(
        &'a self,
        job: &'a Job,
        _progress: &'a Progress,
    ) -> futures_util::future::BoxFuture<'a, Result<Value, TierError>> {
        let sql = &job.task.query;
        Box::pin(async move { Ok(json!({ "sql": sql, "title": "t", "understood": [], "query": {} })) })
    }
}

async fn serve() -> SocketAddr {
    let free = SocketAddr::from(([127, 0, 0, 1], 0));
    let nlp = TcpListener::bind(free).await.unwrap();
    let mut config = Config::default();
    (config.listen.backend, config.listen.agents, config.listen.mcp) = (free, free, free);
    config.database.directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("data");
    config.database.max_rows = 2_000_000;
    config.database.statement_timeout = Duration::from_secs(600);
    config.timers.request_timeout = Duration::from_secs(600);
    let address = format!("http://{}", nlp.local_addr().unwrap());
    config.upstream.agents_by_name.insert("nlp".to_owned(), address);
    let dictated = AgentSet::of([Arc::new(Dictated) as Arc<dyn Agent>]);
    let served =
        reference_server::agents::serve(nlp, dictated, Arc::new(config.clone()), CancellationToken::new());
    tokio::spawn(served);
    let listeners = Listeners::bind(&config, Role::All).await.unwrap();
    let server = Server::prepare(listeners, config).await.unwrap();
    let address = server.addresses().backend.unwrap();
    tokio::spawn(server.serve(Shutdown::new()));
    address
}

fn resident() -> Option<u64> {
    let pages = std::fs::read_to_string("/proc/self/statm").ok()?;
    Some(pages.split(' ').nth(1)?.parse::<u64>().ok()? * 4_096)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_streamed_result_of_any_length_takes_no_more_memory() {
    let address = serve().await;
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut socket, _) = client_async(format!("ws://{address}/ws/query"), stream).await.unwrap();
    let text = "x".repeat(TEXT);
    let sql = format!("SELECT a.order_id AS n, '{text}' AS text FROM orders a CROSS JOIN customers b");
    let preferences = json!({ "stream": true, "max_rows": ROWS });
    let query = json!({ "type": "query", "query": sql, "preferences": preferences });
    socket.send(Message::text(query.to_string())).await.unwrap();
    let (mut rows, mut sequence, mut before, mut most) = (0, 0, None, None);
    let end = loop {
        // Each message in itself must come soon; all of them take as long as the machine takes.
        let next = tokio::time::timeout(Duration::from_secs(60), socket.next()).await.unwrap();
        let message = match next.unwrap().unwrap() {
            Message::Text(text) => serde_json::from_str::<Value>(&text).unwrap(),
            Message::Ping(_) | Message::Pong(_) => continue,
            other => panic!("{other:?} after {rows} rows"),
        };
        match message["type"].as_str().unwrap() {
            "partial_result" => {
                assert_eq!(message["sequence"], sequence);
                sequence += 1;
                rows += message["rows"].as_array().unwrap().len() as u64;
                // By now every buffer has been filled once.
                if rows >= ROWS / 10 {
                    let now = resident();
                    before = before.or(now);
                    most = most.max(now);
                }
            }
            "query_result" | "error" => break message,
            _ => {}
        }
    };
    assert_eq!((&end["type"], &end["row_count"], rows), (&json!("query_result"), &json!(ROWS), ROWS));
    if let (Some(before), Some(most)) = (before, most) {
        assert!(most < before + GROWTH, "memory rose from {before} to {most} bytes");
    }
}
