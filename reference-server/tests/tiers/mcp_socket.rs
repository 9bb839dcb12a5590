//! The MCP link when databases change: news, schemas with versions, and rows that are not from before.

use std::sync::Arc;

use reference_server::mcp::{Endpoint, McpClient, News, SchemaChange, Statement};
use reference_server::observe::Metrics;
use serde_json::{Map, Value, json};
use tokio::sync::broadcast::Receiver;

use crate::deployment::{FOREVER, Mcp, Own, config, embedded, until};
use crate::fallback::Way;
use crate::protocol::Peer;

fn statement(sql: &str) -> Statement {
    Statement { database: "financial_db".to_owned(), sql: sql.to_owned(), max_rows: None }
}

#[tokio::test]
async fn a_table_that_somebody_adds_is_announced_described_and_readable() {
    let own = Own::copy();
    let mcp = own.start().await;
    let mut peer = Peer::connect(&mcp).await;
    let database = json!({ "database": "financial_db" });
    let before =
        peer.call("discover_tables_tool", database.clone()).await["result"]["schema_version"].clone();
    peer.say(json!({ "type": "subscribe", "events": ["schema_changed"] })).await;
    peer.hear().await;
    let read = json!({ "database": "financial_db", "query": "SELECT words FROM notes" });
    let refused = peer.call("execute_query_tool", read.clone()).await;
    assert_eq!(refused["error"]["details"]["reason"], "table_not_allowed");
    own.alter(
        "CREATE TABLE notes (note_id INTEGER PRIMARY KEY, words TEXT); INSERT INTO notes VALUES (1, 'hello')",
    );
    let event = peer.hear().await;
    assert_eq!(
        (&event["event_name"], &event["payload"]["database"]),
        (&json!("schema_changed"), &json!("financial_db"))
    );
    let version = &event["payload"]["schema_version"];
    assert_ne!(*version, before);
    let schema = peer
        .call("get_table_schema_tool", json!({ "database": "financial_db", "schema_version": before }))
        .await;
    assert_eq!(
        (&schema["result"]["not_modified"], &schema["result"]["schema_version"]),
        (&json!(false), version)
    );
    let tables = schema["result"]["tables"].as_array().unwrap();
    assert_eq!(
        tables.last().unwrap()["columns"][1],
        json!({ "name": "words", "type": "text", "nullable": true })
    );
    assert_eq!(peer.call("execute_query_tool", read).await["result"]["rows"], json!([["hello"]]));
    let valid = json!({ "database": "financial_db", "tables": ["notes"] });
    assert_eq!(peer.call("validate_context_tool", valid).await["result"]["valid"], true);
    mcp.stop().await;
}

#[tokio::test]
async fn rows_that_somebody_changes_are_announced_and_kept_results_go() {
    let own = Own::copy();
    let mcp = own.start().await;
    let client = mcp.client(&own.config);
    let count = statement("SELECT count(*) AS customers FROM customers");
    let before = client.execute(&count).await.unwrap().rows;
    let mut peer = Peer::connect(&mcp).await;
    peer.say(json!({ "type": "subscribe", "events": ["table_changed", "schema_changed"] })).await;
    peer.hear().await;
    own.alter("DELETE FROM customers WHERE customer_id = (SELECT max(customer_id) FROM customers)");
    let event = peer.hear().await;
    assert_eq!(event["event_name"], "table_changed");
    assert_eq!(event["payload"], json!({ "database": "financial_db", "table": "customers" }));
    let after = client.execute(&count).await.unwrap().rows;
    let number = |rows: &Vec<Vec<Value>>| rows[0][0].as_u64().unwrap();
    assert_eq!(number(&after), number(&before) - 1);
    // Changed in their places: it may have been any table.
    own.alter("UPDATE orders SET status = 'lost'");
    let mut tables = Vec::new();
    while tables.len() < 6 {
        let event = peer.hear().await;
        assert_eq!(event["event_name"], "table_changed");
        tables.push(event["payload"]["table"].as_str().unwrap().to_owned());
    }
    assert!(tables.contains(&"orders".to_owned()), "{tables:?}");
    let lost =
        client.execute(&statement("SELECT count(*) FROM orders WHERE status <> 'lost'")).await.unwrap();
    assert_eq!(lost.rows, vec![vec![json!(0)]]);
    mcp.stop().await;
}

fn arguments(value: Value) -> Map<String, Value> {
    let Value::Object(map) = value else { unreachable!() };
    map
}

async fn news(receiver: &mut Receiver<News>) -> News {
    tokio::time::timeout(FOREVER, receiver.recv()).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_known_schema_is_asked_for_only_when_it_may_have_changed() {
    let own = Own::copy();
    let mcp = own.start().await;
    let client = mcp.client(&own.config);
    let mut changes = client.changes();
    let had = |how: &str| client.statistics().schemas.get(how).copied().unwrap_or(0);
    until("it is connected", || client.statistics().connects == 1).await;
    let first = client.schema("financial_db").await.unwrap();
    assert_eq!(first.tables.len(), 6);
    let calls = client.statistics().over_websocket;
    assert_eq!(client.schema("financial_db").await.unwrap(), first);
    assert_eq!((client.statistics().over_websocket, had("fetched"), had("fresh")), (calls, 1, 1));
    // Another database changed: this one is asked for, and not sent again.
    own.alter("CREATE TABLE notes (note_id INTEGER PRIMARY KEY)");
    let News::Changed(SchemaChange::Schema { schema_version, .. }) = news(&mut changes).await else {
        panic!("a schema");
    };
    let second = client.schema("financial_db").await.unwrap();
    assert_eq!((second.schema_version.as_str(), second.tables.len()), (schema_version.as_str(), 7));
    assert_eq!((had("fetched"), had("not_modified")), (2, 0));
    let other = client.schema("tpch").await.unwrap();
    own.alter("DROP TABLE notes");
    assert!(matches!(news(&mut changes).await, News::Changed(SchemaChange::Schema { .. })));
    assert_eq!(client.schema("tpch").await.unwrap(), other);
    assert_eq!(had("not_modified"), 1);
    assert_eq!(client.schema("financial_db").await.unwrap(), first);
    mcp.stop().await;
}

#[tokio::test]
async fn several_calls_go_as_one_message_and_over_http_one_by_one() {
    let config = config();
    let mcp = Mcp::start(&config).await;
    let way = Way::to(mcp.address).await;
    let client = McpClient::new(Endpoint::from(way.address), "data", &config);
    let calls = || {
        vec![
            ("discover_tables_tool", arguments(json!({ "database": "tpch" }))),
            ("discover_tables_tool", arguments(json!({ "database": "nowhere" }))),
            (
                "execute_query_tool",
                arguments(json!({ "database": "tpch", "query": "SELECT count(*) FROM region" })),
            ),
        ]
    };
    for (over_http, batches) in [(0, 1), (3, 1)] {
        let answers = client.batch(calls()).await;
        assert_eq!(answers[0].as_ref().unwrap()["tables"].as_array().unwrap().len(), 8);
        assert!(answers[1].is_err());
        assert_eq!(answers[2].as_ref().unwrap()["rows"], json!([[5]]));
        let statistics = client.statistics();
        assert_eq!((statistics.over_http, statistics.batches, statistics.in_flight), (over_http, batches, 0));
        way.open.send(false).unwrap();
    }
    let schemas = client.schemas(&["tpch", "financial_db", "nowhere"]).await;
    assert!(schemas[0].is_ok() && schemas[1].is_ok() && schemas[2].is_err());
    // Nobody tells of changes while there is no connection: asked for again, but not sent again.
    assert!(client.schema("tpch").await.is_ok());
    assert_eq!(client.statistics().schemas["not_modified"], 1);
    mcp.stop().await;
}

#[tokio::test]
async fn a_subscription_outlives_a_restart_and_says_that_it_may_have_missed_something() {
    let own = Own::copy();
    let mcp = own.start().await;
    let address = mcp.address;
    let client = mcp.client(&own.config);
    let mut changes = client.changes();
    until("it is connected", || client.statistics().connects == 1).await;
    let before = client.schema("financial_db").await.unwrap();
    mcp.stop().await;
    own.alter("CREATE TABLE notes (note_id INTEGER PRIMARY KEY)");
    let mcp = Mcp::start_over(&own.config, own.databases.clone(), address).await;
    // Changed while nobody was there to tell of it.
    while news(&mut changes).await != News::Missed {}
    until("it is noticed", || own.databases.schema("financial_db").unwrap().table("notes").is_some()).await;
    let after = client.schema("financial_db").await.unwrap();
    assert_ne!(after.schema_version, before.schema_version);
    own.alter("ALTER TABLE notes ADD COLUMN words TEXT");
    // The first of the news may still be of the table.
    while client.schema("financial_db").await.unwrap().tables[6].columns.len() == 1 {
        news(&mut changes).await;
    }
    drop((client, changes));
    mcp.stop().await;
}

#[tokio::test]
async fn every_call_is_in_the_metrics() {
    let config = config();
    let mcp = Mcp::start(&config).await;
    let metrics = Arc::new(Metrics::default());
    let client = McpClient::metered(Endpoint::from(mcp.address), "data", &config, Arc::clone(&metrics));
    client.execute(&statement("SELECT 1")).await.unwrap();
    client.execute(&statement("SELECT nowhere FROM orders")).await.unwrap_err();
    client.schemas(&["tpch", "financial_db"]).await;
    let page = metrics.render();
    for line in [
        "call_duration_seconds_count{target=\"mcp:execute_query_tool\"} 2",
        "calls_failed_total{target=\"mcp:execute_query_tool\"} 1",
        "mcp_calls_total{transport=\"websocket\"} 4",
        "mcp_connects_total 1",
        "mcp_batches_total 1",
        "mcp_schemas_total{how=\"fetched\"} 2",
        "circuit_breaker_state{breaker=\"mcp\"} 0",
        "circuit_breaker_state{breaker=\"mcp_websocket\"} 0",
    ] {
        assert!(page.lines().any(|found| found == line), "{line} not in\n{page}");
    }
    mcp.stop().await;
}

#[tokio::test]
async fn a_heartbeat_is_answered_while_a_statement_runs() {
    let mcp = Mcp::start_over(&config(), embedded(), "127.0.0.1:0".parse().unwrap()).await;
    let mut peer = Peer::connect(&mcp).await;
    let endless = "SELECT count(*) FROM orders AS a, orders AS b, orders AS c";
    peer.say(json!({ "type": "request", "id": 1, "method": "tools/call", "params": {
        "name": "execute_query_tool", "arguments": { "database": "financial_db", "query": endless },
    } }))
    .await;
    peer.say(json!({ "type": "heartbeat", "correlation_id": "h-1" })).await;
    let answer = peer.hear().await;
    assert_eq!(
        (&answer["type"], &answer["correlation_id"], &answer["server_status"]),
        (&json!("heartbeat_response"), &json!("h-1"), &json!("healthy"))
    );
    assert_eq!(answer["metrics"]["running_requests"], 1);
    drop(peer);
    mcp.stop().await;
}
