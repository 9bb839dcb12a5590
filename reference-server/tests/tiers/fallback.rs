//! The MCP client when the server is not well.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reference_server::breaker::BreakerState;
use reference_server::config::Config;
use reference_server::mcp::{Endpoint, McpClient, McpError, Rows, Statement};
use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::deployment::{Mcp, config, until};

fn arguments() -> Map<String, Value> {
    let Value::Object(arguments) = json!({ "database": "financial_db" }) else { unreachable!() };
    arguments
}

async fn discover(client: &McpClient) -> Result<Value, McpError> {
    client.call("discover_tables_tool", arguments()).await
}

/// A way to the server on which WebSockets can be cut and refused.
pub(crate) struct Way {
    pub(crate) address: SocketAddr,
    pub(crate) open: watch::Sender<bool>,
    _tasks: JoinSet<()>,
}

impl Way {
    pub(crate) async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (open, state) = watch::channel(true);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                connections.spawn(carry(stream, server, state.clone()));
            }
        });
        Self { address, open, _tasks: tasks }
    }
}

async fn carry(mut stream: TcpStream, server: SocketAddr, mut open: watch::Receiver<bool>) {
    let mut first = [0; 7];
    stream.read_exact(&mut first).await.unwrap();
    let websocket = &first == b"GET /ws";
    if websocket && !*open.borrow() {
        return;
    }
    let mut onwards = TcpStream::connect(server).await.unwrap();
    onwards.write_all(&first).await.unwrap();
    tokio::select! {
        _ = copy_bidirectional(&mut stream, &mut onwards) => {}
        _ = open.wait_for(|open| websocket && !open) => {}
    }
}

#[tokio::test]
async fn calls_fall_back_to_http_and_return() {
    let mut config = config();
    config.breaker.failures = 1;
    // Half-open at once: the next call is the probe.
    config.breaker.cooldown = Duration::ZERO;
    let mcp = Mcp::start(&config).await;
    let way = Way::to(mcp.address).await;
    let client = McpClient::new(Endpoint::from(way.address), "data", &config);
    discover(&client).await.unwrap();
    assert_eq!((client.statistics().over_websocket, client.statistics().over_http), (1, 0));
    way.open.send(false).unwrap();
    for calls in 1..=3 {
        discover(&client).await.unwrap();
        assert_eq!(client.statistics().over_http, calls);
    }
    assert_eq!(client.breaker().state(), BreakerState::Closed);
    way.open.send(true).unwrap();
    discover(&client).await.unwrap();
    let statistics = client.statistics();
    assert_eq!((statistics.over_http, statistics.connects), (3, 2));
    assert_eq!(client.websocket_breaker().state(), BreakerState::Closed);
    assert_eq!(statistics.tools["discover_tables_tool"].succeeded, 5);
    mcp.stop().await;
}

#[tokio::test]
async fn a_connection_that_is_lost_is_opened_again_though_nobody_calls() {
    let mut config = config();
    config.timers.mcp_backoff = Duration::from_millis(5);
    let mcp = Mcp::start(&config).await;
    let way = Way::to(mcp.address).await;
    let client = McpClient::new(Endpoint::from(way.address), "data", &config);
    discover(&client).await.unwrap();
    way.open.send(false).unwrap();
    discover(&client).await.unwrap();
    assert_eq!((client.statistics().over_http, client.statistics().connects), (1, 1));
    way.open.send(true).unwrap();
    until("it is connected again", || client.statistics().connects == 2).await;
    mcp.stop().await;
}

#[tokio::test]
async fn the_fallback_streams_too() {
    let config = config();
    let mcp = Mcp::start(&config).await;
    let way = Way::to(mcp.address).await;
    way.open.send(false).unwrap();
    let client = McpClient::new(Endpoint::from(way.address), "data", &config);
    let statement = Statement {
        database: "financial_db".to_owned(),
        sql: "SELECT order_id FROM orders LIMIT 1000".to_owned(),
        max_rows: None,
    };
    let (sender, mut received) = tokio::sync::mpsc::channel::<Rows>(1);
    let count = async {
        let mut rows = 0;
        while let Some(piece) = received.recv().await {
            rows += piece.rows.len();
        }
        rows
    };
    let (summary, rows) = tokio::join!(client.execute_streamed(&statement, sender), count);
    assert_eq!((summary.unwrap().row_count, rows), (1_000, 1_000));
    assert_eq!(client.statistics().over_http, 1);
    mcp.stop().await;
}

#[tokio::test]
async fn giving_up_over_http_stops_the_statement_too() {
    let config = config();
    let mcp = Mcp::start(&config).await;
    let way = Way::to(mcp.address).await;
    way.open.send(false).unwrap();
    let client = McpClient::new(Endpoint::from(way.address), "data", &config);
    let statement =
        |sql: &str| Statement { database: "financial_db".to_owned(), sql: sql.to_owned(), max_rows: None };
    let endless = statement("SELECT count(*) FROM orders AS a, orders AS b, orders AS c");
    // More than there are connections: they are only free again if the statements were stopped.
    for _ in 0..config.database.pool_size + 1 {
        let before = client.statistics().over_http;
        let call = {
            let (client, endless) = (client.clone(), endless.clone());
            tokio::spawn(async move { client.execute(&endless).await })
        };
        until("it was sent", || client.statistics().over_http > before).await;
        call.abort();
        until("it was given up", || client.statistics().in_flight == 0).await;
    }
    assert_eq!(client.execute(&statement("SELECT 1")).await.unwrap().row_count, 1);
    mcp.stop().await;
}

#[tokio::test]
async fn a_restarted_server_is_found_again() {
    let config = config();
    let mcp = Mcp::start(&config).await;
    let (address, client) = (mcp.address, mcp.client(&config));
    discover(&client).await.unwrap();
    mcp.stop().await;
    assert!(matches!(discover(&client).await, Err(McpError::Unreachable { .. })));
    let mcp = Mcp::start_on(&config, address).await;
    discover(&client).await.unwrap();
    assert_eq!(client.statistics().connects, 2);
    mcp.stop().await;
}

#[tokio::test]
async fn the_breaker_opens_and_recovers() {
    let config = config();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let client = McpClient::new(Endpoint::from(address), "data", &config);
    for _ in 0..5 {
        assert!(matches!(discover(&client).await, Err(McpError::Unreachable { .. })));
    }
    let refused = discover(&client).await.unwrap_err();
    assert!(matches!(refused, McpError::CircuitOpen { .. }), "{refused}");
    assert_eq!(refused.to_tier_error().code, "CIRCUIT_OPEN");
    let mcp = Mcp::start_on(&config, address).await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(10)).await;
    tokio::time::resume();
    assert_eq!(client.breaker().state(), BreakerState::HalfOpen);
    discover(&client).await.unwrap();
    assert_eq!(client.breaker().state(), BreakerState::Closed);
    let tool = client.statistics().tools["discover_tables_tool"];
    assert_eq!((tool.unreachable, tool.refused, tool.succeeded), (5, 1, 1));
    mcp.stop().await;
}

/// Speaks just enough to send some rows, then cuts the connection.
#[tokio::test]
async fn a_result_that_is_cut_is_an_error_and_never_short() {
    use futures_util::{SinkExt, StreamExt};
    use tokio_tungstenite::tungstenite::Message;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
        socket.next().await.unwrap().unwrap();
        let hello = json!({ "type": "event", "event_name": "connection_acknowledged", "payload": {} });
        socket.send(Message::text(hello.to_string())).await.unwrap();
        let id = loop {
            let said = socket.next().await.unwrap().unwrap().into_text().unwrap();
            let said: Value = serde_json::from_str(&said).unwrap();
            // It subscribes first.
            if said["type"] == "request" {
                break said["id"].clone();
            }
        };
        let rows = json!({ "type": "event", "event_name": "rows", "payload": { "id": id, "rows": [[1]] } });
        socket.send(Message::text(rows.to_string())).await.unwrap();
    });
    let client = McpClient::new(Endpoint::from(address), "data", &Arc::new(Config::default()));
    let statement =
        Statement { database: "financial_db".to_owned(), sql: "SELECT 1".to_owned(), max_rows: None };
    let (sender, mut received) = tokio::sync::mpsc::channel(4);
    let outcome = client.execute_streamed(&statement, sender).await;
    assert!(matches!(outcome, Err(McpError::Unreachable { .. })), "{outcome:?}");
    assert_eq!(received.recv().await.unwrap().rows, vec![vec![json!(1)]]);
    server.await.unwrap();
}
