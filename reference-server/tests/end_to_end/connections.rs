//! Connections end to end: handshake, resume, supersede, limits, timers, REST, shutdown.

use std::time::Duration;

use crate::rig::{Rig, soon};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::Message;

const MS: Duration = Duration::from_millis(1);

fn of<'a>(value: &'a Value, keys: &[&str]) -> Vec<&'a Value> {
    keys.iter().map(|key| &value[*key]).collect()
}

#[tokio::test]
async fn the_first_message_tells_everything() {
    let rig = Rig::new().await;
    let (_, established) = rig.open("/ws/query").await;
    assert_eq!(
        of(&established, &["protocol_version", "dialect", "top"]),
        [&json!("1.0"), &json!("named"), &json!(0)]
    );
    assert_eq!(established["timers"]["ping_interval_ms"], 30_000);
    assert_eq!(established["limits"]["rate_limit"], json!({ "limit": 100, "window": "1m" }));
    let (_, first) = rig.open("/ws/query").await;
    assert_ne!(first["client_id"], established["client_id"]);
    assert_ne!(first["session_id"], established["session_id"]);
}

#[tokio::test]
async fn handshakes_bind_sessions_to_their_first_user() {
    let rig = Rig::new().await;
    let session = json!({ "session_id": "session_bound", "user_id": "alice", "agent_id": "tab" });
    let (mut peer, acknowledged) = rig.joined(session).await;
    assert_eq!(
        of(&acknowledged, &["agent_id", "server_agent_id", "session_id", "session_established"]),
        [&json!("tab"), &json!("backend_alice"), &json!("session_bound"), &json!(true)]
    );
    peer.send(json!({ "type": "connection_handshake" })).await;
    assert_eq!(peer.next().await["code"], "ALREADY_ESTABLISHED");
    for handshake in [
        json!({ "type": "connection_handshake", "session_id": "session_bound", "user_id": "bob" }),
        json!({ "type": "connection_handshake", "session_id": "bad" }),
    ] {
        let (mut other, _) = rig.open("/ws/query").await;
        other.send(handshake).await;
        assert_eq!(other.next().await["code"], "INVALID_SESSION");
        assert_eq!(other.closed().await, (1008, "Invalid session".to_owned()));
    }
    let (mut wrong, _) = rig.open("/ws/query").await;
    wrong.send(json!({ "type": "connection_handshake", "session_id": 5 })).await;
    assert_eq!(wrong.next().await["code"], "INVALID_MESSAGE");
    wrong.send(json!({ "type": "connection_handshake" })).await;
    assert_eq!(wrong.next().await["type"], "connection_acknowledged", "the connection stays");
}

#[tokio::test]
async fn what_was_missed_is_replayed_by_handshake_and_by_url() {
    let rig = Rig::new().await;
    let (mut first, acknowledged) = rig.joined(json!({ "session_id": "session_resume" })).await;
    first.send(json!({ "type": "query", "query": "x" })).await;
    let seen = first.up_to("query_result").await;
    let epoch = acknowledged["epoch"].as_str().unwrap().to_owned();
    let resume = json!({ "epoch": epoch, "offset": 2 });
    let (mut second, _) = rig.joined(json!({ "session_id": "session_resume", "resume": resume })).await;
    let resumed = second.next().await;
    let top = seen.len();
    assert_eq!(
        of(&resumed, &["recovered", "reason", "from", "to", "top"]),
        [&json!(true), &json!("OK"), &json!(3), &json!(top), &json!(top)]
    );
    for expected in &seen[2..] {
        assert_eq!(&second.next().await, expected);
    }
    let (mut third, _) = rig.open(&format!("/ws/progress/session_resume?epoch={epoch}&offset={top}")).await;
    let resumed = third.next().await;
    assert_eq!(of(&resumed, &["recovered", "reason", "from"]), [&json!(true), &json!("OK"), &Value::Null]);
    for (query, reason) in [
        ("epoch=other&offset=1", "EPOCH_MISMATCH"),
        (&format!("epoch={epoch}&offset=999")[..], "FUTURE_OFFSET"),
    ] {
        drop(third);
        (third, _) = rig.open(&format!("/ws/progress/session_resume?{query}")).await;
        let resumed = third.next().await;
        assert_eq!(of(&resumed, &["recovered", "reason"]), [&json!(false), &json!(reason)]);
        let snapshot = third.next().await;
        assert_eq!(snapshot["type"], "session_snapshot");
        assert_eq!(snapshot["finished"][0]["status"], "completed");
    }
    drop(third);
    let (mut malformed, _) = rig.open(&format!("/ws/progress/session_resume?epoch={epoch}&offset=-1")).await;
    assert_eq!(malformed.next().await["code"], "INVALID_MESSAGE");
    malformed.send(json!({ "type": "ping" })).await;
    assert_eq!(malformed.next().await["type"], "pong");
}

#[tokio::test]
async fn a_resume_in_mid_query_loses_and_repeats_nothing() {
    let rig = Rig::new().await;
    let (mut first, acknowledged) = rig.joined(json!({ "session_id": "session_middle" })).await;
    first.send(json!({ "type": "query", "query": "hold" })).await;
    first.until("query_accepted").await;
    rig.gate.entered().await;
    drop(first);
    let resume = json!({ "epoch": acknowledged["epoch"], "offset": 1 });
    let (mut second, _) = rig.joined(json!({ "session_id": "session_middle", "resume": resume })).await;
    assert_eq!(second.next().await["recovered"], true);
    rig.gate.open();
    let offsets: Vec<_> = second
        .up_to("query_result")
        .await
        .iter()
        .map(|message| message["offset"].as_u64().unwrap())
        .collect();
    assert_eq!(offsets, (2..2 + offsets.len() as u64).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_same_agent_resuming_supersedes_and_becomes_the_asker() {
    let rig = Rig::new().await;
    let named = json!({ "session_id": "session_super", "agent_id": "tab" });
    let (mut old, acknowledged) = rig.joined(named.clone()).await;
    old.send(json!({ "type": "query", "query": "hold" })).await;
    let transaction = old.until("query_accepted").await["transaction_id"].clone();
    rig.gate.entered().await;
    for _ in 0..2 {
        rig.joined(json!({ "session_id": "session_super", "agent_id": "other" })).await;
    }
    let mut resuming = named;
    resuming["resume"] = json!({ "epoch": acknowledged["epoch"], "offset": 1 });
    let (mut new, _) = rig.joined(resuming).await;
    loop {
        // Progress may have been on its way.
        let message = old.socket_next().await;
        if let Message::Close(Some(frame)) = message {
            assert_eq!((u16::from(frame.code), frame.reason.as_str()), (1000, "Superseded"));
            break;
        }
    }
    new.send(json!({ "type": "unsubscribe", "events": ["query_result"] })).await;
    new.until("unsubscribed").await;
    new.send(json!({ "type": "command", "action": "cancel", "transaction_id": transaction })).await;
    new.until("query_cancelled").await;
}

#[tokio::test]
async fn the_fourth_connection_of_a_session_is_refused() {
    let rig = Rig::new().await;
    let session = json!({ "session_id": "session_crowd" });
    let (mut first, _) = rig.joined(session.clone()).await;
    let (_second, _) = rig.joined(session.clone()).await;
    let (_third, _) = rig.open("/ws/progress/session_crowd").await;
    let mut fourth = rig.knock("/ws/progress/session_crowd").await;
    assert_eq!(fourth.next().await["code"], "TOO_MANY_CONNECTIONS");
    assert_eq!(fourth.closed().await, (1008, "Too many connections".to_owned()));
    let (mut fourth, _) = rig.open("/ws/query").await;
    fourth.send(json!({ "type": "connection_handshake", "session_id": "session_crowd" })).await;
    assert_eq!(fourth.next().await["code"], "TOO_MANY_CONNECTIONS");
    assert_eq!(fourth.closed().await, (1008, "Too many connections".to_owned()));
    first.send(json!({ "type": "ping" })).await;
    assert_eq!(first.next().await["type"], "pong");
}

#[tokio::test]
async fn a_full_server_refuses() {
    let rig = Rig::with(|config| config.limits.max_connections = 1).await;
    let (_first, _) = rig.open("/ws/query").await;
    let mut second = rig.knock("/ws/query").await;
    assert_eq!(second.next().await["code"], "SERVER_FULL");
    assert_eq!(second.closed().await, (1008, "Server full".to_owned()));
}

#[tokio::test]
async fn too_many_messages_are_refused_and_at_last_end_the_connection() {
    let rig = Rig::with(|config| {
        config.limits.rate_limit = 2;
        config.limits.rate_violations = 3;
    })
    .await;
    let (mut peer, _) = rig.open("/ws/query").await;
    for _ in 0..5 {
        peer.send(json!({ "type": "subscribe", "events": [], "id": 1 })).await;
    }
    for _ in 0..2 {
        assert_eq!(peer.next().await["type"], "subscribed");
    }
    for _ in 0..3 {
        let error = peer.next().await;
        assert_eq!(of(&error, &["code", "id"]), [&json!("RATE_LIMIT_EXCEEDED"), &json!(1)]);
        assert_eq!(of(&error["details"], &["limit", "window"]), [&json!(2), &json!("1m")]);
        assert!(error["details"]["retry_after"].as_u64().unwrap() >= 1);
    }
    assert_eq!(peer.closed().await, (1008, "Rate limit exceeded".to_owned()));
}

#[tokio::test]
async fn signs_of_life_have_a_limit_of_their_own() {
    let rig = Rig::with(|config| config.limits.life_limit = 3).await;
    let (mut peer, _) = rig.open("/ws/query").await;
    peer.send(json!({ "type": "ping" })).await;
    peer.send_frame(Message::Ping("x".into())).await;
    peer.send(json!({ "type": "heartbeat", "correlation_id": "c" })).await;
    peer.send(json!({ "type": "ping" })).await;
    assert_eq!(peer.next().await["type"], "pong");
    let beat = peer.next().await;
    assert_eq!(
        of(&beat, &["type", "correlation_id", "server_status"]),
        [&json!("heartbeat_response"), &json!("c"), &json!("healthy")]
    );
    let error = peer.next().await;
    assert_eq!((&error["code"], &error["details"]["limit"]), (&json!("RATE_LIMIT_EXCEEDED"), &json!(3)));
    assert_eq!(peer.closed().await, (1008, "Rate limit exceeded".to_owned()));
}

#[tokio::test]
async fn bad_messages_are_refused_in_order_and_the_connection_stays() {
    let rig = Rig::new().await;
    let (mut peer, _) = rig.open("/ws/query").await;
    for (text, code) in [
        ("{", "INVALID_JSON"),
        (r#"{"type":"ping","type":"ping"}"#, "INVALID_JSON"),
        (r#"{"type":"ping","n":1e400}"#, "INVALID_JSON"),
        ("[]", "INVALID_MESSAGE"),
        ("{}", "INVALID_MESSAGE"),
        (r#"{"type":5}"#, "INVALID_MESSAGE"),
        (r#"{"type":"nonsense"}"#, "UNKNOWN_TYPE"),
        (r#"{"type":"ping","id":1.5}"#, "INVALID_MESSAGE"),
        (r#"{"type":"subscribe"}"#, "INVALID_MESSAGE"),
        (r#"{"type":"command","action":"explode","transaction_id":"x"}"#, "INVALID_MESSAGE"),
    ] {
        peer.send_text(text).await;
        assert_eq!(peer.next().await["code"], code, "{text}");
    }
    peer.send(json!({ "type": "heartbeat" })).await;
    let beat = peer.next().await;
    assert_eq!(beat["correlation_id"], Value::Null);
    assert!(beat.as_object().unwrap().contains_key("correlation_id"));
    peer.send_frame(Message::binary(vec![1])).await;
    assert_eq!(peer.closed().await.0, 1003);
}

#[tokio::test]
async fn subscriptions_name_what_is_unknown_and_what_is_active() {
    let rig = Rig::new().await;
    let (mut peer, _) = rig.open("/ws/demo").await;
    let now = "2025-01-01T00:00:00";
    peer.send(json!({ "type": "subscribe", "timestamp": now, "params": { "events": ["query_result", "x", "agent_status"] } })).await;
    let payload = peer.next().await["payload"].clone();
    assert_eq!(
        of(&payload, &["events", "rejected", "active"]),
        [&json!(["query_result", "agent_status"]), &json!(["x"]), &json!(["query_result", "agent_status"])]
    );
    peer.send(json!({ "type": "unsubscribe", "timestamp": now, "events": ["agent_status"] })).await;
    assert_eq!(peer.next().await["payload"]["active"], json!(["query_result"]));
}

#[tokio::test]
async fn an_idle_connection_is_closed_but_not_while_a_query_runs() {
    let rig = Rig::with(|config| config.timers.idle_timeout = 1_000 * MS).await;
    let (mut busy, _) = rig.open("/ws/query").await;
    busy.send(json!({ "type": "query", "query": "hold" })).await;
    rig.gate.entered().await;
    let (mut subscribed, _) = rig.open("/ws/query").await;
    subscribed.send(json!({ "type": "subscribe", "events": ["query_result"] })).await;
    let (mut idle, _) = rig.open("/ws/query").await;
    assert_eq!(idle.closed().await, (1000, "Idle timeout".to_owned()));
    rig.gate.open();
    busy.until("query_result").await;
    assert_eq!(busy.closed().await, (1000, "Idle timeout".to_owned()));
    subscribed.until("subscribed").await;
    subscribed.send(json!({ "type": "ping" })).await;
    assert_eq!(subscribed.next().await["type"], "pong");
}

#[tokio::test]
async fn a_silent_client_is_pinged_and_then_closed() {
    let rig = Rig::with(|config| {
        config.timers.ping_interval = 40 * MS;
        config.timers.pong_timeout = 120 * MS;
        config.timers.close_timeout = 50 * MS;
    })
    .await;
    let mut stream = tokio::net::TcpStream::connect(rig.address).await.unwrap();
    let request = "GET /ws/query HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    soon(stream.read_to_end(&mut bytes)).await.unwrap();
    let ping = bytes.windows(2).position(|window| window == [0x89, 8]).expect("it was pinged");
    let close = [&[0x88, 2 + 17, 0x03, 0xf3], &b"Heartbeat timeout"[..]].concat();
    assert!(bytes[ping..].ends_with(&close), "{:?}", String::from_utf8_lossy(&bytes[ping..]));
}

#[tokio::test]
async fn a_required_handshake_comes_first() {
    let rig = Rig::with(|config| config.handshake.required = true).await;
    let (mut peer, _) = rig.open("/ws/query").await;
    peer.send(json!({ "type": "query", "query": "x" })).await;
    assert_eq!(peer.next().await["code"], "HANDSHAKE_REQUIRED");
    peer.send(json!({ "type": "ping" })).await;
    assert_eq!(peer.next().await["type"], "pong");
    peer.send(json!({ "type": "connection_handshake" })).await;
    assert_eq!(peer.next().await["type"], "connection_acknowledged");
    peer.send(json!({ "type": "query", "query": "x" })).await;
    peer.until("query_result").await;
}

#[tokio::test]
async fn a_required_handshake_that_does_not_come_ends_the_connection() {
    let rig = Rig::with(|config| {
        config.handshake.required = true;
        config.timers.handshake_timeout = 50 * MS;
    })
    .await;
    let (mut peer, _) = rig.open("/ws/query").await;
    assert_eq!(peer.next().await["code"], "HANDSHAKE_REQUIRED");
    assert_eq!(peer.closed().await, (1008, "Handshake timeout".to_owned()));
}

#[tokio::test]
async fn sessions_are_made_shown_deleted_and_remembered() {
    let rig = Rig::new().await;
    let body = r#"{"session_id":"session_rest","user_id":"alice"}"#;
    let (status, made) = rig.request(Method::POST, "/api/sessions", body).await;
    assert_eq!(
        (status, &made["user_id"], &made["connections"]),
        (StatusCode::CREATED, &json!("alice"), &json!(0))
    );
    let (mut peer, established) = rig.open("/ws/progress/session_rest").await;
    assert_eq!(established["epoch"], made["epoch"]);
    let (status, shown) = rig.request(Method::GET, "/api/sessions/session_rest", "").await;
    assert_eq!((status, &shown["connections"]), (StatusCode::OK, &json!(1)));
    let (status, _) = rig.request(Method::DELETE, "/api/sessions/session_rest", "").await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(peer.next().await["code"], "SESSION_EXPIRED");
    assert_eq!(peer.closed().await, (1008, "Session expired".to_owned()));
    for (path, status, code) in [
        ("/api/sessions/session_rest", StatusCode::GONE, "SESSION_EXPIRED"),
        ("/api/sessions/session_never", StatusCode::NOT_FOUND, "INVALID_SESSION"),
        ("/api/sessions/bad", StatusCode::NOT_FOUND, "INVALID_SESSION"),
        ("/nowhere", StatusCode::NOT_FOUND, "NOT_FOUND"),
        ("/api/query", StatusCode::METHOD_NOT_ALLOWED, "INVALID_MESSAGE"),
    ] {
        let (found, error) = rig.request(Method::GET, path, "").await;
        assert_eq!(
            (found, &error["code"], &error["type"]),
            (status, &json!(code), &json!("error")),
            "{path}"
        );
    }
    for (path, code, reason) in [
        ("/ws/progress/session_rest", "SESSION_EXPIRED", "Session expired"),
        ("/ws/progress/session_never", "INVALID_SESSION", "Invalid session"),
    ] {
        let mut refused = rig.knock(path).await;
        assert_eq!(refused.next().await["code"], code);
        assert_eq!(refused.closed().await, (1008, reason.to_owned()));
    }
}

#[tokio::test]
async fn a_session_expires_after_its_last_connection() {
    let rig = Rig::with(|config| {
        config.timers.session_ttl = 100 * MS;
        config.timers.session_memory = Duration::from_secs(600);
    })
    .await;
    let (mut peer, _) = rig.joined(json!({ "session_id": "session_short" })).await;
    peer.close().await;
    loop {
        let (_, metrics) = rig.request(Method::GET, "/metrics", "").await;
        if metrics.as_str().unwrap().contains("session_count 0") {
            break;
        }
    }
    let mut late = rig.knock("/ws/progress/session_short").await;
    assert_eq!(late.next().await["code"], "SESSION_EXPIRED");
    assert_eq!(late.closed().await, (1008, "Session expired".to_owned()));
}

#[tokio::test]
async fn health_metrics_and_an_orderly_end() {
    let rig = Rig::with(|config| config.timers.reconnect_spread = Duration::from_secs(5)).await;
    let (status, health) = rig.request(Method::GET, "/health", "").await;
    assert_eq!(
        (status, of(&health, &["status", "service", "mcp_status", "dynamic_schema"])),
        (
            StatusCode::OK,
            vec![&json!("degraded"), &json!("backend"), &json!("unreachable"), &json!("enabled")]
        )
    );
    assert_eq!(rig.request(Method::GET, "/ready", "").await.0, StatusCode::SERVICE_UNAVAILABLE);
    let (mut peer, _) = rig.open("/ws/query").await;
    let (_, metrics) = rig.request(Method::GET, "/metrics", "").await;
    assert!(metrics.as_str().unwrap().contains("connection_count 1"), "{metrics}");
    peer.send(json!({ "type": "query", "query": "hold" })).await;
    rig.gate.entered().await;
    rig.shutdown.drain();
    let notice = peer.until("server_shutting_down").await;
    assert_eq!(notice["drain_ms"], 30_000);
    assert!(notice["reconnect_after_ms"].as_u64().unwrap() <= 5_000);
    peer.send(json!({ "type": "query", "query": "x" })).await;
    assert_eq!(peer.until("error").await["details"]["reason"], "draining");
    let (status, health) = rig.request(Method::GET, "/health", "").await;
    assert_eq!((status, &health["status"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("draining")));
    let answer = rig.answer(Method::POST, "/api/query", r#"{"query":"x"}"#).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers().contains_key("retry-after"));
    rig.gate.open();
    peer.until("query_result").await;
    peer.close().await;
    assert_eq!(rig.ended().await.panics, 0);
}

#[tokio::test]
async fn who_does_not_leave_is_closed() {
    let rig = Rig::with(|config| {
        config.timers.drain_timeout = 50 * MS;
        config.timers.close_timeout = 50 * MS;
    })
    .await;
    let (mut peer, _) = rig.open("/ws/query").await;
    rig.shutdown.drain();
    peer.until("server_shutting_down").await;
    assert_eq!(peer.closed().await, (1001, "Server shutting down".to_owned()));
    rig.ended().await;
}

#[tokio::test]
async fn a_demo_session_is_its_own_whatever_a_handshake_says() {
    let rig = Rig::new().await;
    let (_owner, _) = rig.joined(json!({ "session_id": "session_owned", "user_id": "alice" })).await;
    let (mut demo, established) = rig.open("/api/v1/ws/demo").await;
    demo.send(json!({
        "type": "connection_handshake", "timestamp": "2025-01-01T00:00:00Z", "session_id": "session_owned",
        "resume": { "epoch": "other", "offset": 3 },
    }))
    .await;
    let acknowledged = demo.next().await;
    assert_eq!(
        of(&acknowledged, &["type", "session_id"]),
        [&json!("connection_acknowledged"), &established["session_id"]]
    );
    assert_eq!(demo.next().await["payload"]["reason"], "EPOCH_MISMATCH");
    assert_eq!(demo.next().await["event_name"], "session_snapshot");
    let path = format!("/api/sessions/{}", established["session_id"].as_str().unwrap());
    assert_eq!(
        rig.request(Method::GET, &path, "").await.0,
        StatusCode::NOT_FOUND,
        "nobody else can reach it"
    );
}

#[tokio::test]
async fn a_refresh_without_authentication_never_expires() {
    let rig = Rig::new().await;
    let (mut peer, _) = rig.open("/ws/query?token=ignored").await;
    peer.send(json!({ "type": "token_refresh", "token": "x", "id": 1 })).await;
    let refreshed = peer.next().await;
    assert_eq!(
        of(&refreshed, &["type", "expires_at", "id"]),
        [&json!("token_refreshed"), &Value::Null, &json!(1)]
    );
}
