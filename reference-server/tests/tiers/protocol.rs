//! The MCP link, message by message.

use futures_util::{SinkExt, StreamExt};
use reference_server::mcp::{Rows, SchemaChange, Statement};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::deployment::{FOREVER, Mcp, config};

pub(crate) struct Peer(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Peer {
    pub(crate) async fn connect(mcp: &Mcp) -> Self {
        Self::connect_to(&format!("ws://{}/ws", mcp.address)).await
    }

    pub(crate) async fn connect_to(url: &str) -> Self {
        Self(connect_async(url).await.unwrap().0)
    }

    pub(crate) async fn say(&mut self, value: Value) {
        self.0.send(Message::text(value.to_string())).await.unwrap();
    }

    pub(crate) async fn hear(&mut self) -> Value {
        loop {
            let message = tokio::time::timeout(FOREVER, self.0.next()).await.unwrap().unwrap().unwrap();
            if let Message::Text(text) = message {
                return serde_json::from_str(&text).unwrap();
            }
        }
    }

    pub(crate) async fn call(&mut self, name: &str, arguments: Value) -> Value {
        let params = json!({ "name": name, "arguments": arguments });
        self.say(json!({ "type": "request", "id": "r-1", "method": "tools/call", "params": params })).await;
        let answer = self.hear().await;
        assert_eq!((&answer["type"], &answer["id"]), (&json!("response"), &json!("r-1")));
        answer
    }
}

#[tokio::test]
async fn an_agent_introduces_itself_once() {
    let mcp = Mcp::start(&config()).await;
    let mut peer = Peer::connect(&mcp).await;
    let hello = json!({ "type": "event", "event_name": "agent_connected", "payload":
        { "agent_id": "data_0123abcd", "agent_type": "data", "capabilities": [] } });
    peer.say(hello.clone()).await;
    let answer = peer.hear().await;
    assert_eq!(answer["event_name"], "connection_acknowledged");
    assert_eq!(answer["payload"]["agent_id"], "data_0123abcd");
    let capabilities = answer["payload"]["server_capabilities"].as_array().unwrap();
    for capability in ["batch_requests", "event_subscriptions", "schema_caching"] {
        assert!(capabilities.contains(&json!(capability)), "{capability}");
    }
    peer.say(hello).await;
    assert_eq!(peer.hear().await["code"], "ALREADY_ESTABLISHED");
    peer.say(json!({ "type": "ping", "id": 5 })).await;
    let pong = peer.hear().await;
    assert_eq!((&pong["type"], &pong["id"]), (&json!("pong"), &json!(5)));
    mcp.stop().await;
}

#[tokio::test]
async fn the_schema_tools_answer_and_spare_what_is_known() {
    let mcp = Mcp::start(&config()).await;
    let mut peer = Peer::connect(&mcp).await;
    let database = json!({ "database": "financial_db" });
    let tables = peer.call("discover_tables_tool", database.clone()).await;
    assert_eq!(tables["result"]["tables"].as_array().unwrap().len(), 6);
    let schema =
        peer.call("get_table_schema_tool", json!({ "database": "financial_db", "table": "orders" })).await;
    let result = &schema["result"];
    assert_eq!(result["not_modified"], false);
    assert_eq!(
        result["tables"][0]["columns"][1]["references"],
        json!({ "table": "customers", "column": "customer_id" })
    );
    let version = result["schema_version"].clone();
    assert_eq!(tables["result"]["schema_version"], version);
    let again = peer
        .call("get_table_schema_tool", json!({ "database": "financial_db", "schema_version": version }))
        .await;
    assert_eq!(again["result"]["not_modified"], true);
    assert!(again["result"].get("tables").is_none());
    let missing =
        peer.call("get_table_schema_tool", json!({ "database": "tpch", "table": "payments" })).await;
    assert_eq!(missing["error"]["code"], "NOT_FOUND");
    let valid = peer.call("validate_context_tool", json!({ "database": "tpch", "tables": ["orders"] })).await;
    assert_eq!(valid["result"]["valid"], true);
    for context in [json!({ "database": "tpch", "tables": ["payments"] }), json!({ "database": "no" })] {
        let invalid = peer.call("validate_context_tool", context).await;
        assert_eq!(invalid["result"]["valid"], false);
        assert_eq!(invalid["result"]["errors"][0]["code"], "DATABASE_CONTEXT_INVALID");
        assert!(invalid["result"]["errors"][0]["details"]["user_message"].is_string());
    }
    mcp.stop().await;
}

#[tokio::test]
async fn statements_run_or_are_refused_with_a_reason() {
    let mcp = Mcp::start(&config()).await;
    let mut peer = Peer::connect(&mcp).await;
    let run = |sql: &str| json!({ "database": "financial_db", "query": sql });
    let answer = peer.call("execute_query_tool", run("SELECT 1 AS one /* comment */")).await;
    assert_eq!(answer["result"]["sql"], "SELECT 1 AS one");
    assert_eq!(answer["result"]["rows"], json!([[1]]));
    for (sql, code, reason) in [
        ("DELETE FROM orders", "QUERY_REJECTED", Some("not_read_only")),
        ("SELECT load_extension('x')", "QUERY_REJECTED", Some("function_not_allowed")),
        ("SELECT * FROM sqlite_master", "QUERY_REJECTED", Some("table_not_allowed")),
        ("SELECT 1; SELECT 2", "QUERY_REJECTED", Some("several_statements")),
        ("SELECT nowhere FROM orders", "QUERY_FAILED", None),
    ] {
        let answer = peer.call("execute_query_tool", run(sql)).await;
        assert_eq!(answer["error"]["code"], code, "{sql}");
        assert_eq!(answer["error"]["details"]["reason"].as_str(), reason, "{sql}");
    }
    let long = format!("SELECT {}", vec!["1"; 20_000].join("+"));
    let answer = peer.call("execute_query_tool", run(&long)).await;
    assert_eq!(answer["error"]["details"]["reason"], "too_long");
    let answer = peer.call("execute_query_tool", json!({ "database": "nowhere", "query": "SELECT 1" })).await;
    assert_eq!(answer["error"]["code"], "DATABASE_CONTEXT_INVALID");
    assert_eq!(answer["error"]["details"]["available_databases"], json!(["financial_db", "tpch"]));
    assert_eq!(peer.call("execute_query_tool", json!({})).await["error"]["code"], "INVALID_MESSAGE");
    assert_eq!(peer.call("drop_everything_tool", json!({})).await["error"]["code"], "NOT_FOUND");
    mcp.stop().await;
}

#[tokio::test]
async fn a_statement_asked_again_has_the_same_rows_streamed_or_not() {
    let mcp = Mcp::start(&config()).await;
    let client = mcp.client(&config());
    let statement = Statement {
        database: "financial_db".to_owned(),
        sql: "SELECT order_id, status FROM orders ORDER BY order_id LIMIT 1500".to_owned(),
        max_rows: None,
    };
    let first = client.execute(&statement).await.unwrap();
    for _ in 0..2 {
        let again = client.execute(&statement).await.unwrap();
        // Only how long it took, and that it was kept, may differ.
        assert!(again.cached && !first.cached);
        assert_eq!((&again.columns, &again.rows), (&first.columns, &first.rows));
        assert_eq!((again.row_count, again.truncated), (first.row_count, first.truncated));
        let (sender, mut received) = mpsc::channel::<Rows>(1);
        let collect = async {
            let (mut columns, mut rows) = (Vec::new(), Vec::new());
            while let Some(piece) = received.recv().await {
                columns.extend(piece.columns);
                rows.extend(piece.rows);
            }
            (columns, rows)
        };
        let (summary, (columns, rows)) = tokio::join!(client.execute_streamed(&statement, sender), collect);
        assert_eq!(summary.unwrap().row_count, first.row_count);
        assert_eq!((columns, &rows), (vec![first.columns.clone()], &first.rows));
    }
    let mut peer = Peer::connect(&mcp).await;
    let arguments = json!({ "database": "financial_db", "query": statement.sql });
    assert_eq!(peer.call("execute_query_tool", arguments).await["result"]["cached"], true);
    mcp.stop().await;
}

#[tokio::test]
async fn a_batch_is_answered_by_id() {
    let mcp = Mcp::start(&config()).await;
    let mut peer = Peer::connect(&mcp).await;
    let request = |id: u64, name: &str| json!({ "id": id, "method": "tools/call", "params": { "name": name, "arguments": { "database": "tpch" } } });
    let requests =
        json!([request(1, "discover_tables_tool"), request(2, "get_table_schema_tool"), { "id": 3 }]);
    peer.say(json!({ "type": "batch", "requests": requests })).await;
    let mut answers = Vec::new();
    for _ in 0..3 {
        let answer = peer.hear().await;
        answers.push((
            answer["id"].as_u64().unwrap(),
            answer.get("result").is_some(),
            answer["code"].clone(),
        ));
    }
    answers.sort_by_key(|answer| answer.0);
    assert_eq!(
        answers,
        [(1, true, Value::Null), (2, true, Value::Null), (3, false, json!("INVALID_MESSAGE"))]
    );
    peer.say(json!({ "type": "batch", "requests": [] })).await;
    assert_eq!(peer.hear().await["code"], "INVALID_MESSAGE");
    mcp.stop().await;
}

#[tokio::test]
async fn changes_reach_those_who_subscribed() {
    let mcp = Mcp::start(&config()).await;
    let mut peer = Peer::connect(&mcp).await;
    peer.say(json!({ "type": "subscribe", "events": ["schema_changed", "weather_changed"] })).await;
    let answer = peer.hear().await;
    assert_eq!(
        (&answer["events"], &answer["rejected"]),
        (&json!(["schema_changed"]), &json!(["weather_changed"]))
    );
    let database = "tpch".to_owned();
    mcp.changes.announce(SchemaChange::Table { database: database.clone(), table: "orders".to_owned() });
    mcp.changes.announce(SchemaChange::Schema { database, schema_version: "2".to_owned() });
    let event = peer.hear().await;
    assert_eq!(event["event_name"], "schema_changed");
    assert_eq!(event["payload"], json!({ "database": "tpch", "schema_version": "2" }));
    peer.say(json!({ "type": "unsubscribe", "events": ["schema_changed"] })).await;
    assert_eq!(peer.hear().await["active"], json!([]));
    mcp.stop().await;
}

#[tokio::test]
async fn a_running_request_can_be_cancelled_and_a_stream_waits_for_its_reader() {
    let mcp = Mcp::start(&config()).await;
    let mut peer = Peer::connect(&mcp).await;
    let request = |id: u64, sql: &str| {
        json!({ "type": "request", "id": id, "method": "tools/call", "params": { "name": "execute_query_tool",
            "arguments": { "database": "financial_db", "query": sql, "stream": true } } })
    };
    peer.say(request(1, "SELECT count(*) FROM orders AS a, orders AS b, orders AS c")).await;
    peer.say(json!({ "type": "cancel", "id": 1 })).await;
    let answer = peer.hear().await;
    assert_eq!((&answer["id"], &answer["error"]["details"]["reason"]), (&json!(1), &json!("cancelled")));
    peer.say(request(2, "SELECT order_id FROM orders LIMIT 5000")).await;
    let mut pieces = 0;
    while pieces < 8 {
        let event = peer.hear().await;
        assert_eq!((&event["event_name"], &event["payload"]["id"]), (&json!("rows"), &json!(2)));
        pieces += 1;
    }
    // Nothing further before it is asked for: the next answer is to the ping.
    peer.say(json!({ "type": "ping" })).await;
    assert_eq!(peer.hear().await["type"], "pong");
    peer.say(json!({ "type": "more", "id": 2, "chunks": 1000 })).await;
    let last = loop {
        let message = peer.hear().await;
        if message["type"] == "response" {
            break message;
        }
    };
    assert_eq!((&last["result"]["row_count"], &last["result"]["rows"]), (&json!(5_000), &json!([])));
    mcp.stop().await;
}

#[tokio::test]
async fn what_can_not_be_read_is_answered_and_the_connection_stays() {
    let mcp = Mcp::start(&config()).await;
    let mut peer = Peer::connect(&mcp).await;
    for (text, code) in
        [("{", "INVALID_JSON"), ("[]", "INVALID_MESSAGE"), (r#"{"type":"dance"}"#, "UNKNOWN_TYPE")]
    {
        peer.0.send(Message::text(text)).await.unwrap();
        assert_eq!(peer.hear().await["code"], code);
    }
    peer.say(json!({ "type": "ping" })).await;
    assert_eq!(peer.hear().await["type"], "pong");
    mcp.stop().await;
}

#[tokio::test]
async fn health_says_what_is_served() {
    let config = config();
    let mcp = Mcp::start(&config).await;
    let health = mcp.client(&config).health().await.unwrap();
    assert_eq!((health.status.as_str(), health.service.as_str()), ("healthy", "tidb-mcp-server-http"));
    assert!(health.mcp_server_running && health.transports.contains(&"websocket".to_owned()));
    mcp.stop().await;
}
