//! What commands do to a query, down to the database.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::rig::{Peer, Rig, soon};

/// A statement of many minutes.
const ENDLESS: &str =
    "sql SELECT COUNT(*) AS n FROM order_items a CROSS JOIN order_items b CROSS JOIN order_items c";

fn command(action: &str, transaction: &Value) -> Value {
    json!({ "type": "command", "action": action, "transaction_id": transaction })
}

/// Waits for a state that others bring about.
async fn until(mut holds: impl FnMut() -> bool) {
    soon(async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancel_kills_the_statement_in_the_database() {
    let (rig, database) = Rig::over_sql(|_| {}).await;
    let (mut peer, _) = rig.open("/ws/query").await;
    peer.send(json!({ "type": "query", "query": ENDLESS })).await;
    let transaction = peer.until("query_accepted").await["transaction_id"].clone();
    until(|| database.running("financial_db") == 1).await;
    peer.send(command("cancel", &transaction)).await;
    assert_eq!(peer.until("command_result").await["status"], "cancelled");
    assert_eq!(peer.next().await["type"], "query_cancelled");
    // Long before the 30 s that would end it anyway.
    until(|| database.running("financial_db") == 0).await;
    peer.send(json!({ "type": "query", "query": "sql SELECT COUNT(*) AS n FROM customers" })).await;
    assert_eq!(peer.until("query_result").await["row_count"], 1, "the connection is as good as new");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_ends_kills_its_statements_too() {
    let (rig, database) = Rig::over_sql(|_| {}).await;
    let (mut peer, _) = rig.joined(json!({ "session_id": "session_doomed" })).await;
    peer.send(json!({ "type": "query", "query": ENDLESS })).await;
    until(|| database.running("financial_db") == 1).await;
    rig.request(http::Method::DELETE, "/api/sessions/session_doomed", "").await;
    until(|| database.running("financial_db") == 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_23_of_a_cancel_and_a_completion_one_ends_the_query_in_1000_races() {
    const PEERS: usize = 10;
    const RACES: usize = 100;
    let rig = Rig::with(|config| config.limits.rate_limit = 1_000_000).await;
    let mut ends = HashMap::<String, usize>::new();
    let mut races = Vec::new();
    for at in 0..PEERS {
        let (peer, _) = rig.open("/ws/query").await;
        races.push(race(peer, at, RACES));
    }
    for won in futures_util::future::join_all(races).await {
        for (end, count) in won {
            *ends.entry(end).or_default() += count;
        }
    }
    assert_eq!(ends.values().sum::<usize>(), PEERS * RACES, "{ends:?}");
    assert!(ends.len() == 2, "both won now and then: {ends:?}");
}

/// Asks and cancels; counts the ends. Each query must have one, and nothing may follow it.
async fn race(mut peer: Peer, seed: usize, races: usize) -> HashMap<String, usize> {
    let mut ends = HashMap::<String, usize>::new();
    let mut over = Vec::<Value>::new();
    for at in 0..races {
        peer.send(json!({ "type": "query", "query": "x" })).await;
        let transaction = peer.until("query_accepted").await["transaction_id"].clone();
        // From at once to about when it ends.
        tokio::time::sleep(Duration::from_micros(((seed * races + at) * 37 % 12_000) as u64)).await;
        peer.send(command("cancel", &transaction)).await;
        let (mut end, mut answered) = (None, false);
        while end.is_none() || !answered {
            let message = peer.next().await;
            assert!(!over.contains(&message["transaction_id"]), "after its end: {message}");
            match message["type"].as_str().unwrap() {
                "command_result" => answered = true,
                name @ ("query_result" | "query_cancelled") => {
                    assert!(end.is_none(), "two ends: {message}");
                    end = Some(name.to_owned());
                }
                _ => assert!(end.is_none(), "after the end: {message}"),
            }
        }
        over.push(transaction);
        *ends.entry(end.unwrap()).or_default() += 1;
    }
    ends
}

#[tokio::test]
async fn fault_22_the_same_query_id_from_two_connections_at_once_is_one_execution() {
    let rig = Rig::new().await;
    let session = json!({ "session_id": "session_of_two" });
    let (mut one, _) = rig.joined(session.clone()).await;
    let (mut two, _) = rig.joined(session).await;
    let query = json!({ "type": "query", "query": "hold", "query_id": "same" });
    tokio::join!(one.send(query.clone()), two.send(query.clone()));
    let mut accepted = Vec::new();
    for peer in [&mut one, &mut two] {
        // Each sees the one acceptance as an event; who came second is told of the duplicate besides.
        peer.send(json!({ "type": "ping" })).await;
        let seen = peer.up_to("pong").await;
        accepted.extend(seen.into_iter().filter(|message| message["type"] == "query_accepted"));
    }
    let duplicates = accepted.iter().filter(|message| message["duplicate"] == true).count();
    assert_eq!((accepted.len(), duplicates), (3, 1), "{accepted:?}");
    assert!(accepted.iter().all(|message| message["transaction_id"] == accepted[0]["transaction_id"]));
    rig.gate.entered().await;
    rig.gate.open();
    let ends = [one.until("query_result").await, two.until("query_result").await];
    assert_eq!(ends[0], ends[1]);
    one.send(query).await;
    assert_eq!(one.until("query_accepted").await["duplicate"], true);
    assert_eq!(one.next().await, ends[0], "the old end with its old offset");
    assert_eq!(rig.gate.entries(), 0, "it was executed once");
}

#[tokio::test]
async fn queued_queries_know_their_place_and_can_be_cancelled_there() {
    let rig = Rig::with(|config| config.limits.max_running_queries = 1).await;
    let (mut peer, _) = rig.open("/ws/query").await;
    peer.send(json!({ "type": "query", "query": "hold" })).await;
    rig.gate.entered().await;
    for (id, place) in [(1, 1), (2, 2)] {
        peer.send(json!({ "type": "query", "query": "x", "id": id })).await;
        loop {
            let accepted = peer.until("query_accepted").await;
            if accepted["id"] == id {
                assert_eq!(accepted["queue_position"], place);
                if id == 1 {
                    peer.send(command("cancel", &accepted["transaction_id"])).await;
                    assert_eq!(peer.until("query_cancelled").await["id"], 1);
                    // Its place is free again.
                    peer.send(json!({ "type": "query", "query": "x", "id": "next" })).await;
                    assert_eq!(peer.until("query_accepted").await["queue_position"], 1);
                }
                break;
            }
        }
    }
    rig.gate.open();
    for _ in 0..3 {
        peer.until("query_result").await;
    }
}
