//! All tiers in one process, with the real agents, MCP server and databases.

use std::net::SocketAddr;
use std::path::PathBuf;

use http::{Method, StatusCode};
use reference_server::config::Config;
use reference_server::serve::{Listeners, Role, ServeError};
use serde_json::json;

use crate::rig::Rig;

pub(crate) fn all(config: &mut Config) {
    config.listen.agents = SocketAddr::from(([127, 0, 0, 1], 0));
    config.listen.mcp = SocketAddr::from(([127, 0, 0, 1], 0));
    // Shared by all tests and kept: making the data takes seconds.
    config.database.directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("data");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn questions_are_answered_from_the_database() {
    let rig = Rig::of(Role::All, all).await;
    let (status, health) = rig.request(Method::GET, "/health", "").await;
    assert_eq!(
        (status, &health["status"], &health["mcp_status"]),
        (StatusCode::OK, &json!("healthy"), &json!("healthy"))
    );
    assert_eq!(rig.request(Method::GET, "/ready", "").await.0, StatusCode::OK);
    let (mut peer, _) = rig.open("/ws/query").await;
    let question = "Show me the top 5 customers by total purchase amount";
    peer.send(json!({ "type": "query", "query": question })).await;
    let messages = peer.up_to("query_result").await;
    let result = messages.last().unwrap();
    let rows = result["rows"].as_array().unwrap();
    assert_eq!((rows.len(), &result["row_count"]), (5, &json!(5)));
    let amount =
        result["columns"].as_array().unwrap().iter().position(|column| column["type"] == "money_cents");
    let amounts: Vec<_> = rows.iter().map(|row| row[amount.unwrap()].as_i64().unwrap()).collect();
    assert!(amounts.is_sorted_by(|a, b| a >= b) && amounts[4] > 0, "{amounts:?}");
    assert!(result["visualization"]["spec"]["$schema"].as_str().unwrap().contains("vega-lite/v5"));
    let told: Vec<_> = messages
        .iter()
        .flat_map(|message| message["progress_events"].as_array().cloned().unwrap_or_default())
        .map(|event| event["event_type"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        told.iter().filter(|kind| *kind == "agent_completed").count(),
        3,
        "no event is lost: {told:?}"
    );

    peer.send(json!({ "type": "query", "query": question, "preferences": { "stream": true } })).await;
    let streamed = peer.up_to("query_result").await;
    let partial = streamed.iter().find(|message| message["type"] == "partial_result").unwrap();
    assert_eq!((&partial["rows"], &partial["columns"]), (&result["rows"], &result["columns"]));

    let body = json!({ "query": question }).to_string();
    let (status, over_http) = rig.request(Method::POST, "/api/query", &body).await;
    assert_eq!((status, &over_http["rows"]), (StatusCode::OK, &result["rows"]));

    peer.send(json!({ "type": "query", "query": "sing me a lullaby" })).await;
    let refused = peer.until("error").await;
    assert_eq!(
        (&refused["code"], &refused["details"]["reason"]),
        (&json!("QUERY_REJECTED"), &json!("not_understood"))
    );
    rig.shutdown.drain();
    peer.until("server_shutting_down").await;
    peer.close().await;
    assert_eq!(rig.ended().await.panics, 0);
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config = Config::default();
    config.listen.backend = taken.local_addr().unwrap();
    let refused = Listeners::bind(&config, Role::Backend).await.unwrap_err();
    assert!(
        matches!(refused, ServeError::PortTaken { tier: "backend", address } if address == config.listen.backend)
    );
}
