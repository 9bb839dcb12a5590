//! What is told to those who subscribed, and to everybody, beside the sessions' events.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, accept_async};

use crate::rig::{Peer, Rig, soon};

async fn subscribe(peer: &mut Peer, events: Value) {
    peer.send(json!({ "type": "subscribe", "events": events })).await;
    peer.until("subscribed").await;
}

/// The status of an agent, as the next message about it says.
async fn status(peer: &mut Peer, agent: &str) -> Value {
    loop {
        let status = peer.until("agent_status").await;
        if status["agent"] == agent {
            return status;
        }
    }
}

#[tokio::test]
async fn agents_tell_how_they_are_when_that_changes() {
    let rig = Rig::new().await;
    let (mut watcher, _) = rig.open("/ws/query").await;
    subscribe(&mut watcher, json!(["agent_status"])).await;
    let (mut asker, _) = rig.open("/ws/query").await;
    asker.send(json!({ "type": "query", "query": "hold" })).await;
    rig.gate.entered().await;
    let busy = status(&mut watcher, "data").await;
    assert_eq!(
        (&busy["status"], &busy["in_flight"], &busy["breaker"]),
        (&json!("busy"), &json!(1), &json!("closed"))
    );
    assert_eq!(busy.get("offset"), None, "no event of a session");
    rig.gate.open();
    asker.until("query_result").await;
    let last = status(&mut watcher, "data").await;
    assert_eq!((&last["status"], &last["in_flight"]), (&json!("idle"), &json!(0)));
    asker.send(json!({ "type": "ping" })).await;
    assert_eq!(asker.next().await["type"], "pong", "who did not subscribe hears nothing");
}

#[tokio::test]
async fn agents_and_figures_are_told_again_and_again_until_unsubscribed() {
    let rig = Rig::with(|config| {
        config.timers.agent_status_interval = Duration::from_millis(50);
        config.timers.system_metrics_interval = Duration::from_millis(50);
    })
    .await;
    let (mut peer, _) = rig.open("/ws/demo").await;
    let at = "2025-01-01T00:00:00Z";
    let names = json!(["agent_status", "system_metrics"]);
    peer.send(json!({ "type": "subscribe", "timestamp": at, "params": { "events": names } })).await;
    for _ in 0..2 {
        let event = peer.until("system_metrics").await;
        assert_eq!((&event["type"], &event["payload"]["connections"]), (&json!("event"), &json!(1)));
        assert_eq!(event["payload"]["status"], "healthy");
        while peer.until("agent_status").await["payload"]["agent"] != "viz" {}
    }
    peer.send(json!({ "type": "unsubscribe", "timestamp": at, "params": { "events": names } })).await;
    peer.until("unsubscribed").await;
    // What was on its way when it unsubscribed may still come, nothing after that.
    peer.send(json!({ "type": "ping", "timestamp": at, "id": 1 })).await;
    peer.until("pong").await;
    peer.send(json!({ "type": "ping", "timestamp": at, "id": 2 })).await;
    assert_eq!(peer.next().await["type"], "pong");
}

#[tokio::test]
async fn everybody_is_told_when_the_server_is_not_well_and_when_it_is_again() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let rig = Rig::with(|config| {
        config.upstream.agents = Some(format!("http://{address}"));
        config.breaker.failures = 1;
        config.breaker.cooldown = Duration::from_millis(300);
    })
    .await;
    let (mut bystander, _) = rig.open("/ws/demo").await;
    let (mut asker, _) = rig.open("/ws/query").await;
    subscribe(&mut asker, json!(["agent_status"])).await;
    asker.send(json!({ "type": "query", "query": "x" })).await;
    let broadcast = bystander.until("system_status").await;
    assert_eq!(
        (&broadcast["type"], &broadcast["payload"]["status"]),
        (&json!("broadcast"), &json!("degraded"))
    );
    let mut seen = Vec::new();
    while seen.last() != Some(&json!("half_open")) {
        seen.push(status(&mut asker, "nlp").await["breaker"].clone());
    }
    assert!(seen.contains(&json!("open")), "{seen:?}");
    rig.agents_at(address).await;
    asker.send(json!({ "type": "query", "query": "x" })).await;
    assert_eq!(bystander.until("system_status").await["payload"]["status"], "healthy");
    rig.shutdown.drain();
    assert_eq!(bystander.until("system_status").await["payload"]["status"], "draining");
}

/// The next connection to a made-up MCP server that is no request, after its subscription.
async fn fed(listener: &TcpListener) -> WebSocketStream<TcpStream> {
    loop {
        let (stream, _) = soon(listener.accept()).await.unwrap();
        let Ok(mut socket) = soon(accept_async(stream)).await else { continue };
        loop {
            let message = soon(socket.next()).await.unwrap().unwrap();
            let message: Value = serde_json::from_str(message.to_text().unwrap()).unwrap();
            if message["type"] == "subscribe" {
                assert!(message["events"].as_array().unwrap().contains(&json!("schema_changed")));
                return socket;
            }
        }
    }
}

#[tokio::test]
async fn fault_16_changes_of_the_schema_are_handed_on_and_a_gap_in_them_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let rig = Rig::with(|config| config.upstream.mcp = Some(format!("ws://{address}/ws"))).await;
    let (mut peer, _) = rig.open("/ws/query").await;
    subscribe(&mut peer, json!(["schema_changed"])).await;
    let mut mcp = fed(&listener).await;
    let announce = |payload: Value| {
        Message::text(
            json!({ "type": "event", "event_name": "schema_changed", "payload": payload }).to_string(),
        )
    };
    mcp.send(announce(json!({ "database": "financial_db", "schema_version": "v2" }))).await.unwrap();
    let changed = peer.until("schema_changed").await;
    assert_eq!((&changed["database"], &changed["schema_version"]), (&json!("financial_db"), &json!("v2")));
    assert_eq!(changed.get("missed"), None);
    drop(mcp);
    let mut mcp = fed(&listener).await;
    let gap = peer.until("schema_changed").await;
    assert_eq!((&gap["database"], &gap["missed"]), (&Value::Null, &json!(true)));
    mcp.send(announce(json!({ "database": null, "missed": true }))).await.unwrap();
    assert_eq!(peer.until("schema_changed").await["missed"], true, "its own queue lagged");
}

#[tokio::test]
async fn beliefs_are_told_to_those_of_the_session_who_subscribed() {
    let rig = Rig::new().await;
    let (mut asker, acknowledged) = rig.joined(json!({})).await;
    let session = acknowledged["session_id"].as_str().unwrap().to_owned();
    let (mut same, _) = rig.joined(json!({ "session_id": session })).await;
    let (mut other, _) = rig.joined(json!({})).await;
    subscribe(&mut same, json!(["belief_state"])).await;
    subscribe(&mut other, json!(["belief_state"])).await;
    asker.send(json!({ "type": "query", "query": "believe", "id": 7 })).await;
    let belief = same.until("belief_state").await;
    assert_eq!(
        (&belief["agent"], &belief["goals"], &belief["id"]),
        (&json!("nlp"), &json!(["answer"]), &json!(7))
    );
    assert_eq!(belief["beliefs"], json!([{ "statement": "it is so", "confidence": 0.5 }]));
    assert_eq!(belief.get("offset"), None);
    let rest = same.up_to("query_result").await;
    assert!(rest.iter().all(|message| message["type"] != "belief_state"), "told twice, changed once");
    let seen = asker.up_to("query_result").await;
    assert_eq!(belief["transaction_id"], seen[0]["transaction_id"]);
    assert!(seen.iter().all(|message| message["type"] != "belief_state"));
    other.send(json!({ "type": "ping" })).await;
    assert_eq!(other.next().await["type"], "pong", "another session's beliefs stay there");
}
