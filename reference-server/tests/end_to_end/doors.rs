//! Doors end to end: origins, refusals before the upgrade, limits by door, user and address, signs of life.

use std::time::Duration;

use http::{Method, StatusCode};
use reference_server::config::{Config, Door, DoorKind, Doors, RejectMode, SubscribedAtOpen};
use reference_server::wire::Dialect;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

use crate::rig::{Peer, Rig, soon};
use crate::signer::{Signer, required, seconds_from_now};

const MS: Duration = Duration::from_millis(1);

#[tokio::test]
async fn fault_26_evil_null_and_look_alike_origins_are_refused_before_the_upgrade() {
    let rig = Rig::with(|config| config.origin.allow = vec!["https://app.example.com".to_owned()]).await;
    let own = format!("http://{}", rig.address);
    for path in ["/ws/query", "/ws/demo", "/api/v1/ws"] {
        for origin in [
            "https://evil.example",
            "null",
            "https://app.example.com.evil.example",
            "https://evilapp.example.com",
            "http://app.example.com",
            "https://app.example.com:8443",
        ] {
            let answer = rig.knock_with(path, &[("origin", origin)]).await.err().expect(origin);
            assert_eq!(answer.status(), 403, "{path} {origin}");
        }
        for origin in ["https://app.example.com", &own] {
            rig.knock_with(path, &[("origin", origin)]).await.unwrap();
        }
    }
}

/// Status and error code of an upgrade that is refused by HTTP; header `Retry-After` must come with some.
async fn refused(rig: &Rig, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(rig.address).await.unwrap();
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    soon(stream.read_to_end(&mut answer)).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head[9..12].parse().unwrap();
    let head = head.to_ascii_lowercase();
    assert_eq!(head.contains("retry-after:"), matches!(status, 429 | 503), "{head}");
    assert_eq!(head.contains("www-authenticate: bearer"), status == 401, "{head}");
    let body: Value = serde_json::from_str(body).unwrap();
    (status, body["code"].as_str().unwrap().to_owned())
}

/// Status of a request with these lines behind its first.
async fn status(rig: &Rig, lines: &str) -> String {
    let mut stream = TcpStream::connect(rig.address).await.unwrap();
    let request = format!("GET /health HTTP/1.1\r\n{lines}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    soon(stream.read_to_end(&mut answer)).await.unwrap();
    String::from_utf8_lossy(&answer[9..12]).into_owned()
}

#[tokio::test]
async fn a_request_names_one_host() {
    let rig = Rig::new().await;
    assert_eq!(status(&rig, "Host: x\r\n").await, "200");
    assert_eq!(status(&rig, "").await, "400");
    assert_eq!(status(&rig, "Host: x\r\nHost: y\r\n").await, "400");
}

#[tokio::test]
async fn what_is_known_before_the_upgrade_is_refused_by_http_where_that_is_configured() {
    let rig = Rig::with(|config| {
        config.auth = required();
        config.handshake.reject_mode = RejectMode::Http;
        config.limits.max_connections_per_user = 3;
    })
    .await;
    let signer = Signer::shared();
    let (alice, bob) = (signer.token("alice"), signer.token("bob"));
    let expired = signer.sign(&json!({ "sub": "alice", "exp": seconds_from_now(-60) }));
    let session = json!({ "session_id": "session_alice" }).to_string();
    rig.request(Method::POST, &format!("/api/sessions?token={alice}"), &session).await;
    let over = json!({ "session_id": "session_over" }).to_string();
    rig.request(Method::POST, &format!("/api/sessions?token={alice}"), &over).await;
    rig.request(Method::DELETE, &format!("/api/sessions/session_over?token={alice}"), "").await;
    for (path, status, code) in [
        ("/ws/query".to_owned(), 401, "AUTH_REQUIRED"),
        ("/ws/query?token=x".to_owned(), 401, "AUTH_FAILED"),
        (format!("/ws/query?token={expired}"), 401, "TOKEN_EXPIRED"),
        ("/api/v1/ws".to_owned(), 401, "AUTH_REQUIRED"),
        ("/ws/progress/session_never".to_owned(), 404, "INVALID_SESSION"),
        ("/ws/progress/bad".to_owned(), 404, "INVALID_SESSION"),
        (format!("/ws/progress/session_alice?token={bob}"), 404, "INVALID_SESSION"),
        ("/ws/progress/session_over".to_owned(), 410, "SESSION_EXPIRED"),
    ] {
        assert_eq!(refused(&rig, &path).await, (status, code.to_owned()), "{path}");
    }
    let own = format!("/ws/progress/session_alice?token={alice}");
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(rig.open(&own).await);
    }
    let too_many = (429, "TOO_MANY_CONNECTIONS".to_owned());
    assert_eq!(refused(&rig, &format!("/ws/query?token={alice}")).await, too_many, "of a user");
    assert_eq!(refused(&rig, "/ws/progress/session_alice").await, too_many, "of a session");
    rig.open(&format!("/ws/query?token={bob}")).await;
    rig.shutdown.drain();
    held[0].0.until("server_shutting_down").await;
    assert_eq!(refused(&rig, &own).await, (503, "SERVER_FULL".to_owned()));
}

#[tokio::test]
async fn a_full_server_or_door_answers_503_before_the_upgrade() {
    let rig = Rig::with(|config| {
        config.handshake.reject_mode = RejectMode::Http;
        config.limits.max_connections = 2;
        config.doors.0[0].max_connections = 1;
    })
    .await;
    let full = (503, "SERVER_FULL".to_owned());
    let (_first, _) = rig.open("/ws/query").await;
    assert_eq!(refused(&rig, "/ws/query").await, full, "the door");
    let (_second, _) = rig.open("/ws/demo").await;
    assert_eq!(refused(&rig, "/ws/demo").await, full, "the server");
}

#[tokio::test]
async fn doors_are_configuration() {
    let rig = Rig::with(|config| {
        config.doors = Doors(vec![Door {
            path: "/live/{session_id}/events".to_owned(),
            kind: DoorKind::Progress,
            dialect: Dialect::Typed,
            authentication: reference_server::config::Authentication::KnownSession,
            subscribed: SubscribedAtOpen::Nothing,
            max_connections: 1,
        }]);
    })
    .await;
    assert_eq!(refused(&rig, "/ws/query").await.0, 404);
    rig.request(Method::POST, "/api/sessions", r#"{"session_id":"session_one"}"#).await;
    let (mut peer, established) = rig.open("/live/session_one/events").await;
    assert_eq!(
        (&established["dialect"], &established["session_id"]),
        (&json!("typed"), &json!("session_one"))
    );
    let mut second = rig.knock("/live/session_one/events").await;
    assert_eq!(second.next().await["code"], "SERVER_FULL");
    assert_eq!(second.closed().await, (1008, "Server full".to_owned()));
    peer.close().await;
}

async fn turned_away(mut peer: Peer, code: &str, reason: &str) {
    let error = peer.next().await;
    assert_eq!((&error["type"], &error["code"]), (&json!("error"), &json!(code)), "{error}");
    assert_eq!(peer.closed().await, (1008, reason.to_owned()));
}

#[tokio::test]
async fn fault_39_one_connection_or_message_more_gets_the_exact_error_of_its_limit() {
    let rig = Rig::with(|config| {
        config.limits.max_connections = 4;
        config.limits.rate_limit = 2;
    })
    .await;
    let handshake = json!({ "type": "connection_handshake", "session_id": "session_three" });
    let mut three = Vec::new();
    for _ in 0..3 {
        three.push(rig.joined(json!({ "session_id": "session_three" })).await.0);
    }
    let (mut fourth, _) = rig.open("/ws/query").await;
    let fifth = rig.knock("/ws/query").await;
    turned_away(fifth, "SERVER_FULL", "Server full").await;
    fourth.send(handshake).await;
    turned_away(fourth, "TOO_MANY_CONNECTIONS", "Too many connections").await;
    for peer in &mut three {
        peer.send(json!({ "type": "subscribe", "events": [] })).await;
        peer.until("subscribed").await;
    }
    let first = &mut three[0];
    first.send(json!({ "type": "subscribe", "events": [], "id": "over" })).await;
    let error = first.until("error").await;
    assert_eq!((&error["code"], &error["id"]), (&json!("RATE_LIMIT_EXCEEDED"), &json!("over")));
    assert_eq!((&error["details"]["limit"], &error["details"]["window"]), (&json!(2), &json!("1m")));
    assert!(error["details"]["retry_after"].as_u64().unwrap() >= 1);
    first.send(json!({ "type": "heartbeat" })).await;
    first.until("heartbeat_response").await;
}

#[tokio::test]
async fn a_user_has_no_more_connections_than_may_be() {
    let rig = Rig::with(|config| config.limits.max_connections_per_user = 1).await;
    let alice = |session: &str| json!({ "user_id": "alice", "session_id": session, "agent_id": "tab" });
    let (mut first, acknowledged) = rig.joined(alice("session_first")).await;
    let (mut second, _) = rig.open("/ws/query").await;
    let mut handshake = alice("session_other");
    handshake["type"] = json!("connection_handshake");
    second.send(handshake.clone()).await;
    turned_away(second, "TOO_MANY_CONNECTIONS", "Too many connections").await;
    rig.joined(json!({ "user_id": "bob" })).await;
    for _ in 0..2 {
        rig.joined(json!({})).await;
    }
    handshake["session_id"] = json!("session_first");
    handshake["resume"] = json!({ "epoch": acknowledged["epoch"], "offset": 0 });
    let (mut successor, _) = rig.open("/ws/query").await;
    successor.send(handshake).await;
    assert_eq!(successor.next().await["type"], "connection_acknowledged", "it takes the other's place");
    assert_eq!(first.closed().await, (1000, "Superseded".to_owned()));
}

fn behind_a_proxy(config: &mut Config) {
    config.proxy.trusted = vec!["127.0.0.1".parse().unwrap()];
}

async fn from(rig: &Rig, address: &str) -> Peer {
    rig.knock_with("/ws/query", &[("x-forwarded-for", address)]).await.unwrap()
}

#[tokio::test]
async fn an_address_has_no_more_connections_than_may_be_and_only_trusted_proxies_are_believed() {
    let rig = Rig::with(|config| {
        behind_a_proxy(config);
        config.limits.max_connections_per_ip = 1;
    })
    .await;
    let mut first = from(&rig, "6.6.6.6, 1.1.1.1").await;
    assert_eq!(first.next().await["type"], "connection_established");
    turned_away(from(&rig, "7.7.7.7, 1.1.1.1").await, "TOO_MANY_CONNECTIONS", "Too many connections").await;
    let mut other = from(&rig, "2.2.2.2").await;
    assert_eq!(other.next().await["type"], "connection_established");
    first.close().await;
    let direct = Rig::with(|config| config.limits.max_connections_per_ip = 1).await;
    let mut first = from(&direct, "1.1.1.1").await;
    assert_eq!(first.next().await["type"], "connection_established");
    turned_away(from(&direct, "2.2.2.2").await, "TOO_MANY_CONNECTIONS", "Too many connections").await;
}

#[tokio::test]
async fn an_address_says_no_more_than_may_be_over_all_its_connections_and_requests() {
    let rig = Rig::with(|config| {
        behind_a_proxy(config);
        config.limits.rate_limit_per_ip = 2;
        config.limits.rate_violations = 2;
    })
    .await;
    let subscribe = json!({ "type": "subscribe", "events": [] });
    let (mut one, mut two) = (from(&rig, "1.1.1.1").await, from(&rig, "1.1.1.1").await);
    for peer in [&mut one, &mut two] {
        peer.next().await;
        peer.send(subscribe.clone()).await;
        peer.until("subscribed").await;
    }
    one.send(subscribe.clone()).await;
    let error = one.next().await;
    assert_eq!((&error["code"], &error["details"]["limit"]), (&json!("RATE_LIMIT_EXCEEDED"), &json!(2)));
    one.send(subscribe.clone()).await;
    turned_away(one, "RATE_LIMIT_EXCEEDED", "Rate limit exceeded").await;
    let mut other = from(&rig, "2.2.2.2").await;
    other.next().await;
    other.send(subscribe).await;
    other.until("subscribed").await;
    let alone = Rig::with(|config| config.limits.rate_limit_per_ip = 1).await;
    assert_eq!(alone.request(Method::POST, "/api/sessions", "").await.0, StatusCode::CREATED);
    let answer = alone.answer(Method::POST, "/api/sessions", "").await;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(answer.headers().contains_key("retry-after"));
    assert_eq!(alone.request(Method::GET, "/health", "").await.0, StatusCode::OK, "no message");
}

#[tokio::test]
async fn fault_17_a_peer_that_is_half_open_is_closed_after_the_pong_timeout() {
    let rig = Rig::with(|config| {
        config.timers.ping_interval = 40 * MS;
        config.timers.pong_timeout = 200 * MS;
    })
    .await;
    let mut stream = TcpStream::connect(rig.address).await.unwrap();
    let request = "GET /ws/query HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut all = Vec::new();
    // it reads, and never says a word: pings stay without answer
    soon(stream.read_to_end(&mut all)).await.unwrap();
    let goodbye = b"\x88\x13\x03\xf3Heartbeat timeout";
    assert!(all.ends_with(goodbye), "{}", String::from_utf8_lossy(&all));
    assert!(all.windows(2).any(|two| two == [0x89, 0x00]) || all.contains(&0x89), "it was pinged");
}

#[tokio::test]
async fn fault_18_pongs_that_nobody_asked_for_keep_nothing_open() {
    let rig = Rig::with(|config| {
        config.timers.idle_timeout = 400 * MS;
        config.timers.ping_interval = 10_000 * MS;
        config.timers.pong_timeout = 20_000 * MS;
    })
    .await;
    let (mut peer, _) = rig.open("/ws/query").await;
    let mut ticks = tokio::time::interval(20 * MS);
    let closed = async {
        loop {
            tokio::select! {
                _ = ticks.tick() => peer.send_frame(Message::Pong(bytes::Bytes::from_static(b"unasked"))).await,
                frame = peer.socket_next() => if let Message::Close(Some(frame)) = frame {
                    return (u16::from(frame.code), frame.reason.to_string());
                },
            }
        }
    };
    assert_eq!(soon(closed).await, (1000, "Idle timeout".to_owned()));
}

#[tokio::test]
async fn heartbeats_say_how_the_server_is() {
    let rig = Rig::with(|config| config.breaker.failures = 1).await;
    let (mut peer, established) = rig.open("/ws/query").await;
    peer.send(json!({ "type": "heartbeat", "correlation_id": "c" })).await;
    let healthy = peer.next().await;
    assert_eq!((&healthy["server_status"], &healthy["correlation_id"]), (&json!("healthy"), &json!("c")));
    assert_eq!(healthy["client_id"], established["client_id"]);
    assert_eq!(healthy["connection_id"], "backend_anonymous");
    assert_eq!(healthy["metrics"]["active_connections"], 1);
    assert_eq!(healthy["top"], 0);
    assert!(
        healthy["metrics"]["uptime"].as_str().unwrap() >= healthy["metrics"]["started_at"].as_str().unwrap()
    );
    peer.send(json!({ "type": "heartbeat" })).await;
    let without = peer.next().await;
    assert_eq!(without.as_object().unwrap().get("correlation_id"), Some(&Value::Null));
    peer.send(json!({ "type": "query", "query": "hold" })).await;
    rig.gate.entered().await;
    peer.send(json!({ "type": "heartbeat" })).await;
    peer.until("heartbeat_response").await;
    rig.shutdown.drain();
    peer.until("server_shutting_down").await;
    peer.send(json!({ "type": "heartbeat" })).await;
    assert_eq!(peer.until("heartbeat_response").await["server_status"], "draining");
    rig.gate.open();
}

#[tokio::test]
async fn an_open_breaker_makes_the_server_degraded() {
    let rig = Rig::with(|config| {
        config.breaker.failures = 1;
        config.upstream.agents = Some("http://127.0.0.1:1".to_owned());
    })
    .await;
    let (mut peer, _) = rig.open("/ws/query").await;
    peer.send(json!({ "type": "query", "query": "x" })).await;
    peer.until("error").await;
    peer.send(json!({ "type": "heartbeat" })).await;
    assert_eq!(peer.until("heartbeat_response").await["server_status"], "degraded");
}

#[tokio::test]
async fn where_a_handshake_is_required_all_else_waits_for_it() {
    let rig = Rig::with(|config| config.handshake.required = true).await;
    let (mut peer, _) = rig.open("/ws/query").await;
    for message in [
        json!({ "type": "query", "query": "x", "id": 1 }),
        json!({ "type": "subscribe", "events": [], "id": 1 }),
        json!({ "type": "command", "action": "cancel", "transaction_id": "x", "id": 1 }),
        json!({ "type": "token_refresh", "token": "x", "id": 1 }),
    ] {
        peer.send(message).await;
        let error = peer.next().await;
        assert_eq!((&error["code"], &error["id"]), (&json!("HANDSHAKE_REQUIRED"), &json!(1)));
    }
    for (message, answer) in [("ping", "pong"), ("heartbeat", "heartbeat_response")] {
        peer.send(json!({ "type": message })).await;
        assert_eq!(peer.next().await["type"], answer);
    }
    peer.send(json!({ "type": "connection_handshake", "session_id": 7 })).await;
    assert_eq!(peer.next().await["code"], "INVALID_MESSAGE", "it may try again");
    peer.send(json!({ "type": "connection_handshake" })).await;
    assert_eq!(peer.next().await["type"], "connection_acknowledged");
    peer.send(json!({ "type": "subscribe", "events": [] })).await;
    assert_eq!(peer.next().await["type"], "subscribed");
    peer.send(json!({ "type": "connection_handshake", "id": 2 })).await;
    let again = peer.next().await;
    assert_eq!((&again["code"], &again["id"]), (&json!("ALREADY_ESTABLISHED"), &json!(2)));
    peer.send(json!({ "type": "ping" })).await;
    assert_eq!(peer.next().await["type"], "pong", "the connection stays");
}

#[tokio::test]
async fn closes_are_counted_by_the_clients_code() {
    use tokio_tungstenite::tungstenite::protocol::CloseFrame;
    let rig = Rig::new().await;
    let frame = |code: u16| Some(CloseFrame { code: code.into(), reason: "".into() });
    for close in [frame(1000), frame(1001), frame(4242), None] {
        let (mut peer, _) = rig.open("/ws/query").await;
        peer.send_frame(Message::Close(close)).await;
        while !matches!(peer.socket_next().await, Message::Close(_)) {}
    }
    let wanted = ["code=\"1000\"} 1", "code=\"1001\"} 1", "code=\"application\"} 1", "code=\"1005\"} 1"];
    let counted = async {
        loop {
            let metrics = rig.request(Method::GET, "/metrics", "").await.1;
            let metrics = metrics.as_str().unwrap();
            if wanted.iter().all(|line| metrics.contains(&format!("connections_closed_total{{{line}"))) {
                return;
            }
        }
    };
    soon(counted).await;
}
