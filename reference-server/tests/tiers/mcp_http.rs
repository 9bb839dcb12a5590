//! The standard Model Context Protocol below its messages: origins, sessions, limits, clients that leave.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::deployment::{FOREVER, Mcp, Own, config};
use crate::mcp_standard::{call, connect, query};

fn post(mcp: &Mcp, body: Value) -> reqwest::RequestBuilder {
    reqwest::Client::new()
        .post(format!("http://{}/mcp", mcp.address))
        .header("accept", "application/json, text/event-stream")
        .header("content-type", "application/json")
        .timeout(FOREVER)
        .body(body.to_string())
}

pub(crate) fn initialize(mcp: &Mcp, version: &str) -> reqwest::RequestBuilder {
    let params = json!({
        "protocolVersion": version, "capabilities": {}, "clientInfo": { "name": "tests", "version": "1" },
    });
    post(mcp, json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params }))
}

#[tokio::test]
async fn fault_26_pages_of_other_origins_are_refused() {
    let mut config = config();
    config.origin.allow = vec!["https://desk.example.com".to_owned()];
    let mcp = Mcp::start(&config).await;
    let status = async |name, value: &str| {
        initialize(&mcp, "2025-11-25").header(name, value).send().await.unwrap().status()
    };
    for origin in ["http://localhost:5173", "http://127.0.0.1", "https://desk.example.com"] {
        assert_eq!(status("origin", origin).await, StatusCode::OK, "{origin}");
    }
    for origin in ["http://evil.example.com", "https://desk.example.com.evil.com", "null", "nonsense"] {
        assert_eq!(status("origin", origin).await, StatusCode::FORBIDDEN, "{origin}");
    }
    assert_eq!(status("host", "evil.example.com").await, StatusCode::FORBIDDEN);
    mcp.stop().await;
}

#[tokio::test]
async fn sessions_begin_with_initialize_and_end_with_delete() {
    let mcp = Mcp::start(&config()).await;
    let opened = initialize(&mcp, "2025-11-25").send().await.unwrap();
    let session = opened.headers()["mcp-session-id"].clone();
    let list = json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/list" });
    let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    assert_eq!(
        post(&mcp, list.clone()).header("mcp-session-id", "made-up").send().await.unwrap().status(),
        404
    );
    let begun = post(&mcp, ready).header("mcp-session-id", &session).send().await.unwrap();
    assert_eq!(begun.status(), StatusCode::ACCEPTED);
    let listed = post(&mcp, list.clone()).header("mcp-session-id", &session).send().await.unwrap();
    assert!(listed.text().await.unwrap().contains("execute_query_tool"));
    let ended = reqwest::Client::new()
        .delete(format!("http://{}/mcp", mcp.address))
        .header("mcp-session-id", &session)
        .send()
        .await
        .unwrap();
    assert!(ended.status().is_success(), "{}", ended.status());
    let late = post(&mcp, list).header("mcp-session-id", &session).send().await.unwrap();
    assert_eq!(late.status(), StatusCode::NOT_FOUND);
    let again = reqwest::Client::new()
        .delete(format!("http://{}/mcp", mcp.address))
        .header("mcp-session-id", &session)
        .send()
        .await
        .unwrap();
    assert_eq!(again.status(), StatusCode::NOT_FOUND);
    mcp.stop().await;
}

#[tokio::test]
async fn what_can_not_be_read_is_refused_by_its_code() {
    let mcp = Mcp::start(&config()).await;
    for (body, code) in [("{", -32_700), ("{\"hello\": 1}", -32_600), ("[]", -32_600), ("[7]", -32_600)] {
        let answer = post(&mcp, Value::Null).body(body).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{body}");
        let error: Value = answer.json().await.unwrap();
        assert_eq!((&error["error"]["code"], &error["id"]), (&json!(code), &Value::Null), "{body}");
    }
    let (client, _hearing) = connect(&mcp).await;
    let unknown = client.call_tool(call("no_such_tool", json!({}))).await;
    assert!(unknown.is_err());
    client.cancel().await.unwrap();
    mcp.stop().await;
}

#[tokio::test]
async fn a_batch_of_the_version_that_has_them_is_answered() {
    let mcp = Mcp::start(&config()).await;
    let opened = initialize(&mcp, "2025-03-26").send().await.unwrap();
    let session = opened.headers()["mcp-session-id"].clone();
    let ping = |id: u32| json!({ "jsonrpc": "2.0", "id": id, "method": "ping" });
    let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    let send = async |body: Value, version: Option<&str>| {
        let mut request = post(&mcp, body).header("mcp-session-id", &session);
        if let Some(version) = version {
            request = request.header("mcp-protocol-version", version);
        }
        request.send().await.unwrap()
    };
    assert_eq!(send(ready.clone(), None).await.status(), StatusCode::ACCEPTED);
    let answer = send(json!([ping(7), ready, ping(8)]), None).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let text = answer.text().await.unwrap();
    for id in [7, 8] {
        assert_eq!(text.matches(&format!("\"id\":{id},")).count(), 1, "{text}");
    }
    let newer = send(json!([ping(9)]), Some("2025-06-18")).await;
    assert_eq!(newer.status(), StatusCode::BAD_REQUEST);
    mcp.stop().await;
}

#[tokio::test]
async fn too_much_is_refused() {
    let mut config = config();
    config.limits.max_connections = 1;
    let mcp = Mcp::start(&config).await;
    let long = json!({ "jsonrpc": "2.0", "id": 1, "method": "x".repeat(config.limits.max_body_bytes) });
    assert_eq!(post(&mcp, long).send().await.unwrap().status(), StatusCode::PAYLOAD_TOO_LARGE);
    let first = initialize(&mcp, "2025-11-25").send().await.unwrap();
    assert_eq!(first.status(), StatusCode::OK);
    let second = initialize(&mcp, "2025-11-25").send().await.unwrap();
    assert_eq!(second.status(), StatusCode::SERVICE_UNAVAILABLE);
    mcp.stop().await;
}

#[tokio::test]
async fn leaving_stops_the_statement_too() {
    let mut config = config();
    config.database.pool_size = 1;
    let own = Own::copy_with(config);
    let mcp = own.start().await;
    let body = json!({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {
            "name": "execute_query_tool",
            "arguments": { "database": "financial_db", "query": "SELECT count(*) FROM orders AS a, orders AS b, orders AS c" },
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {},
            },
        },
    });
    let asked = tokio::spawn(
        post(&mcp, body)
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", "tools/call")
            .header("mcp-name", "execute_query_tool")
            .send(),
    );
    // With one connection to the database, another statement finds it busy as long as that one runs.
    let (client, _hearing) = connect(&mcp).await;
    let mut number = 0;
    loop {
        number += 1;
        let other =
            json!({ "database": "financial_db", "query": format!("SELECT {number}"), "timeout_ms": 1 });
        if client.call_tool(call("execute_query_tool", other)).await.unwrap().is_error == Some(true) {
            break;
        }
    }
    asked.abort();
    let result = client.call_tool(query("SELECT 1 AS one")).await.unwrap();
    assert_eq!(result.structured_content.unwrap()["rows"], json!([[1]]));
    client.cancel().await.unwrap();
    mcp.stop().await;
}
