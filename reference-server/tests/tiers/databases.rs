//! What happens to statements when the database is too small, too slow, or gone.

use std::sync::Arc;
use std::time::Duration;

use reference_server::breaker::BreakerState;
use reference_server::config::Config;
use reference_server::database::{Database, Embedded};
use reference_server::mcp::{self, Endpoint, McpClient};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::deployment::{FOREVER, Mcp, config};
use crate::protocol::Peer;

async fn run(peer: &mut Peer, sql: &str) -> Value {
    peer.call("execute_query_tool", json!({ "database": "financial_db", "query": sql })).await
}

#[tokio::test]
async fn fault_46_a_cross_join_is_stopped_at_its_time_and_cut_at_its_rows() {
    let mut config = config();
    config.database.statement_timeout = Duration::from_millis(200);
    config.database.max_rows = 40;
    let mcp = Mcp::start(&config).await;
    let mut peer = Peer::connect(&mcp).await;
    let bomb = "SELECT count(*) FROM order_items a, order_items b, order_items c WHERE a.quantity + b.quantity > c.quantity";
    let answer = run(&mut peer, bomb).await;
    assert_eq!(answer["error"]["code"], "QUERY_TIMEOUT", "{answer}");
    assert_eq!(answer["error"]["details"]["limit_ms"], 200, "{answer}");
    let answer = run(&mut peer, "SELECT a.order_id, b.order_id FROM order_items a, order_items b").await;
    assert_eq!(
        (&answer["result"]["truncated"], &answer["result"]["row_count"]),
        (&json!(true), &json!(40)),
        "{answer}"
    );
    assert_eq!(run(&mut peer, "SELECT 1 AS one").await["result"]["rows"], json!([[1]]));
    mcp.stop().await;
}

/// A server over databases of its own.
struct Own {
    database: Database,
    endpoint: Endpoint,
    shutdown: CancellationToken,
    served: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Own {
    async fn start(config: Config) -> Self {
        let embedded = Embedded::open(&config.database).unwrap();
        let database = Database::embedded(embedded, &config);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = Endpoint::from(listener.local_addr().unwrap());
        let shutdown = CancellationToken::new();
        let served = tokio::spawn(mcp::serve(listener, Arc::new(config), database.clone(), shutdown.clone()));
        Self { database, endpoint, shutdown, served }
    }

    async fn stop(self) {
        self.shutdown.cancel();
        tokio::time::timeout(FOREVER, self.served).await.unwrap().unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_48_a_database_that_breaks_and_comes_back_costs_no_connection() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config();
    config.database.directory = folder.path().to_owned();
    (config.database.tpch_scale, config.database.result_cache_bytes) = (0.001, 0);
    config.breaker.failures = 3;
    config.breaker.cooldown = Duration::from_millis(100);
    let own = Own::start(config.clone()).await;
    let client = McpClient::new(own.endpoint.clone(), "data", &config);
    let mut peer = Peer::connect_to(&own.endpoint.websocket()).await;
    let sql = "SELECT count(*) AS n FROM orders";
    let before = run(&mut peer, sql).await["result"]["rows"].clone();
    assert_eq!(before, json!([[36_000]]));
    assert_eq!(client.health().await.unwrap().database.unwrap().status, "healthy");

    let path = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_string_lossy().contains("financial_db"))
        .unwrap();
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, vec![0xAB; whole.len()]).unwrap();
    let mut reasons = Vec::new();
    while reasons.last().is_none_or(|reason| reason != "circuit_open") {
        let answer = run(&mut peer, sql).await;
        assert_eq!(answer["error"]["code"], "DATABASE_CONTEXT_UNAVAILABLE", "{answer}");
        reasons.push(answer["error"]["details"]["reason"].as_str().unwrap().to_owned());
        assert!(reasons.len() < 100, "{reasons:?}");
    }
    assert!(reasons.len() > 3 && reasons[0] == "damaged", "{reasons:?}");
    let unwell = async {
        while client.health().await.unwrap().database.unwrap().status != "unreachable" {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(FOREVER, unwell).await.unwrap();

    std::fs::write(&path, whole).unwrap();
    let back = async {
        loop {
            let answer = run(&mut peer, sql).await;
            if answer["result"].is_object() {
                return answer["result"]["rows"].clone();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert_eq!(tokio::time::timeout(FOREVER, back).await.unwrap(), before);
    assert_eq!(own.database.breaker().state(), BreakerState::Closed);
    drop(peer);
    own.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_49_a_full_queue_is_a_typed_error_and_passes() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config();
    config.database.directory = folder.path().to_owned();
    (config.database.tpch_scale, config.database.result_cache_bytes) = (0.001, 0);
    (config.database.pool_size, config.database.pool_queue) = (1, 0);
    let own = Own::start(config).await;
    let mut busy = Peer::connect_to(&own.endpoint.websocket()).await;
    let params = json!({ "name": "execute_query_tool", "arguments": { "database": "financial_db", "query":
        "SELECT count(*) FROM order_items a, order_items b, order_items c" } });
    busy.say(json!({ "type": "request", "id": 1, "method": "tools/call", "params": params })).await;
    let mut peer = Peer::connect_to(&own.endpoint.websocket()).await;
    let refused = async {
        loop {
            let answer = run(&mut peer, "SELECT 1 AS one").await;
            if answer["error"].is_object() {
                return answer;
            }
        }
    };
    let refused = tokio::time::timeout(FOREVER, refused).await.unwrap();
    assert_eq!(refused["error"]["code"], "DATABASE_CONTEXT_UNAVAILABLE", "{refused}");
    assert_eq!(refused["error"]["details"]["reason"], "busy", "{refused}");
    // Whoever leaves takes the statement along.
    drop(busy);
    let free = async { while run(&mut peer, "SELECT 1 AS one").await["error"].is_object() {} };
    tokio::time::timeout(FOREVER, free).await.unwrap();
    assert_eq!(own.database.breaker().totals().opened, 0);
    drop(peer);
    own.stop().await;
}
