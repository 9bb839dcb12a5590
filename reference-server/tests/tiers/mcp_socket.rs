//! The MCP link when databases change: news, schemas with versions, and rows that are not from before.

use reference_server::mcp::Statement;
use serde_json::{Value, json};

use crate::deployment::Own;
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
