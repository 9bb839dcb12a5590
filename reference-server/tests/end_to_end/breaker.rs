//! Agents that hang, die or come back.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::rig::{Peer, Rig, soon};

async fn ask(peer: &mut Peer) -> Value {
    peer.send(json!({ "type": "query", "query": "x" })).await;
    loop {
        let message = peer.next().await;
        if matches!(message["type"].as_str(), Some("error" | "query_result")) {
            return message;
        }
    }
}

#[tokio::test]
async fn fault_24_an_agent_that_hangs_ends_the_query_and_opens_the_breaker_for_one_probe_later() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let rig = Rig::with(|config| {
        config.upstream.agents_by_name.insert("nlp".to_owned(), format!("http://{address}"));
        config.timers.request_timeout = Duration::from_millis(200);
        config.breaker.failures = 2;
        config.breaker.cooldown = Duration::from_millis(400);
    })
    .await;
    let (mut peer, _) = rig.open("/ws/query").await;
    // It takes connections and says nothing.
    for _ in 0..2 {
        let end = ask(&mut peer).await;
        assert_eq!((&end["code"], end.get("offset").is_some()), (&json!("QUERY_TIMEOUT"), true));
    }
    let refused = ask(&mut peer).await;
    assert_eq!((&refused["code"], &refused["details"]["agent"]), (&json!("CIRCUIT_OPEN"), &json!("nlp")));
    assert!(refused["details"]["retry_after"].as_u64().unwrap() >= 1);
    // Once the cooldown is over one call is let through, and its failure closes the door again at once.
    let probed = soon(async {
        loop {
            let end = ask(&mut peer).await;
            if end["code"] != "CIRCUIT_OPEN" {
                return end;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    assert_eq!(probed["code"], "QUERY_TIMEOUT");
    assert_eq!(ask(&mut peer).await["code"], "CIRCUIT_OPEN");
    // It comes back: the next probe heals it.
    drop(listener);
    rig.agents_at(address).await;
    let healed = soon(async {
        loop {
            let end = ask(&mut peer).await;
            if end["type"] == "query_result" {
                return end;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    assert_eq!(healed["status"], "completed");
    assert_eq!(ask(&mut peer).await["type"], "query_result");
    let (_, metrics) = rig.request(http::Method::GET, "/metrics", "").await;
    assert!(metrics.as_str().unwrap().contains("circuit_breaker_state{breaker=\"agent_nlp\"} 0"));
}

#[tokio::test]
async fn fault_24_an_agent_that_dies_in_the_middle_ends_the_query_with_one_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let rig = Rig::with(|config| {
        config.upstream.agents_by_name.insert("data".to_owned(), format!("http://{address}"));
    })
    .await;
    let (mut peer, _) = rig.open("/ws/query").await;
    peer.send(json!({ "type": "query", "query": "x", "id": 1 })).await;
    let (mut stream, _) = soon(listener.accept()).await.unwrap();
    let mut request = vec![0; 4_096];
    soon(tokio::io::AsyncReadExt::read(&mut stream, &mut request)).await.unwrap();
    let event = r#"{"event":{"event_id":"e","agent":"data","event_type":"task_started","message":"m","timestamp":"t"}}"#;
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n";
    let answer = format!("{head}{:x}\r\n{event}\n\r\n", event.len() + 1);
    soon(tokio::io::AsyncWriteExt::write_all(&mut stream, answer.as_bytes())).await.unwrap();
    while peer.until("progress_update").await["current_agent"] != "data" {}
    drop(stream);
    let end = peer.until("error").await;
    assert_eq!(
        (&end["code"], &end["details"]["agent"], &end["id"]),
        (&json!("AGENT_UNAVAILABLE"), &json!("data"), &json!(1))
    );
    peer.send(json!({ "type": "ping" })).await;
    assert_eq!(peer.next().await["type"], "pong", "nothing comes after the end");
}

#[tokio::test]
async fn an_agent_that_is_not_there_yet_is_tried_again_before_the_request_is_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let rig = Rig::with(|config| {
        config.upstream.agents_by_name.insert("nlp".to_owned(), format!("http://{address}"));
        config.breaker.failures = 1_000;
    })
    .await;
    let (mut peer, _) = rig.open("/ws/query").await;
    peer.send(json!({ "type": "query", "query": "x" })).await;
    peer.until("query_accepted").await;
    rig.agents_at(address).await;
    let end = peer.until("query_result").await;
    assert_eq!(end["status"], "completed");
}
