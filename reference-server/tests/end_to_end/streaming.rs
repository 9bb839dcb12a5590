//! Rows that come while the statement still runs.

use serde_json::json;

use crate::rig::Rig;

#[tokio::test]
async fn rows_come_while_the_data_stage_still_works() {
    let rig = Rig::new().await;
    let (mut peer, _) = rig.open("/ws/query").await;
    peer.send(json!({ "type": "query", "query": "trickle", "preferences": { "stream": true } })).await;
    // Nobody has opened the gate: the agent is not done.
    let before = peer.up_to("partial_result").await;
    let first = before.last().unwrap();
    assert_eq!((&first["sequence"], first["rows"].as_array().unwrap().len()), (&json!(0), 500));
    assert!(before.iter().any(|message| message["current_agent"] == "data"), "its stage was told before");
    rig.gate.entered().await;
    rig.gate.open();
    let rest = peer.up_to("query_result").await;
    let second = rest.iter().find(|message| message["type"] == "partial_result").unwrap();
    assert_eq!((&second["sequence"], second.get("columns")), (&json!(1), None));
    assert_eq!(rest.last().unwrap()["rows"], json!([]));
}

#[tokio::test]
async fn a_cancel_stops_the_rows() {
    let rig = Rig::new().await;
    let (mut peer, _) = rig.open("/ws/query").await;
    peer.send(json!({ "type": "query", "query": "trickle", "preferences": { "stream": true } })).await;
    let transaction = peer.until("partial_result").await["transaction_id"].clone();
    rig.gate.entered().await;
    peer.send(json!({ "type": "command", "action": "cancel", "transaction_id": transaction })).await;
    peer.until("query_cancelled").await;
    rig.gate.open();
    peer.send(json!({ "type": "ping" })).await;
    assert_eq!(peer.next().await["type"], "pong", "nothing comes after the end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_cap_of_rows_is_configuration_and_what_is_over_it_is_cut() {
    let sql = "sql SELECT a.order_id AS n FROM orders a CROSS JOIN products b";
    let ask = |most: u64| json!({ "type": "query", "query": sql, "preferences": { "stream": true, "max_rows": most } });
    let (rig, _) = Rig::over_sql(|config| config.database.max_rows = 12_000).await;
    let (mut peer, _) = rig.open("/ws/query").await;
    for (asked, given) in [(1_000_000, 12_000), (11_000, 11_000)] {
        peer.send(ask(asked)).await;
        let messages = peer.up_to("query_result").await;
        let rows: usize =
            messages.iter().filter_map(|message| message["rows"].as_array()).map(Vec::len).sum();
        let result = messages.last().unwrap();
        assert_eq!((rows, &result["row_count"], &result["truncated"]), (given, &json!(given), &json!(true)));
    }
}
