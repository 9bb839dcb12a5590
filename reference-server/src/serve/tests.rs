//! The doors and the listener over real sockets.

use std::time::Duration;

use super::rig::{PATIENCE, Rig, frame, upgrade};

const TEXT: u8 = 0x81;

/// Sends a request whole; gives status, head and body. The server must end the connection if `Connection: close`
/// is in the answer.
async fn ask(rig: &Rig, request: &str) -> (u16, String) {
    let mut peer = rig.connect().await;
    peer.send(request.as_bytes()).await;
    peer.head().await
}

fn without(request: &str, header: &str) -> String {
    let kept: Vec<_> =
        request.split("\r\n").filter(|line| !line.to_ascii_lowercase().starts_with(header)).collect();
    kept.join("\r\n")
}

fn with(request: &str, from: &str, to: &str) -> String {
    assert!(request.contains(from), "{from}");
    request.replace(from, to)
}

#[tokio::test]
async fn upgrades_that_are_in_order() {
    let rig = Rig::start(|config| config.origin.allow = vec!["https://app.example.com".to_owned()]).await;
    let plain = upgrade("/ws/query", "");
    for (name, request) in [
        ("plain", plain.clone()),
        ("progress door", upgrade("/ws/progress/session_1?epoch=a&offset=3", "")),
        ("demo door", upgrade("/ws/demo", "")),
        ("demo alias", upgrade("/api/v1/ws/demo", "")),
        ("case of Upgrade", with(&plain, "Upgrade: websocket", "upgrade: WebSocket")),
        ("case of Connection", with(&plain, "Connection: Upgrade", "CONNECTION: uPgRaDe")),
        ("list in Connection", with(&plain, "Connection: Upgrade", "Connection: keep-alive, Upgrade")),
        ("list in Upgrade", with(&plain, "Upgrade: websocket", "Upgrade: h2c, websocket")),
        ("two Connection lines", upgrade("/ws/query", "Connection: keep-alive\r\n")),
        ("same origin", upgrade("/ws/query", "Origin: http://127.0.0.1\r\n")),
        ("listed origin", upgrade("/ws/query", "Origin: https://app.example.com\r\n")),
        ("unknown extension", upgrade("/ws/query", "Sec-WebSocket-Extensions: x-unknown; a=1\r\n")),
        ("unknown subprotocol", upgrade("/ws/query", "Sec-WebSocket-Protocol: other\r\n")),
    ] {
        let (status, head) = ask(&rig, &request).await;
        assert_eq!(status, 101, "{name}: {head}");
        // the sample of RFC 6455, 1.3
        assert!(head.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="), "{name}: {head}");
        assert!(
            head.contains("upgrade: websocket\r\n") && head.contains("connection: upgrade\r\n"),
            "{head}"
        );
        assert!(
            !head.contains("sec-websocket-extensions") && !head.contains("sec-websocket-protocol"),
            "{head}"
        );
    }
    rig.stop_clean().await;
}

#[tokio::test]
async fn the_subprotocol_is_selected_when_offered() {
    let rig = Rig::start(|_| {}).await;
    for offer in ["tidegate.v1", "other, tidegate.v1", "tidegate.v1, bearer.abc"] {
        let (status, head) =
            ask(&rig, &upgrade("/ws/query", &format!("Sec-WebSocket-Protocol: {offer}\r\n"))).await;
        assert_eq!(status, 101);
        assert!(head.contains("sec-websocket-protocol: tidegate.v1\r\n"), "{offer}: {head}");
    }
    rig.stop_clean().await;
}

#[tokio::test]
async fn upgrades_that_are_refused() {
    let rig = Rig::start(|_| {}).await;
    let plain = upgrade("/ws/query", "");
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
    let version = "Sec-WebSocket-Version: 13";
    let other_version = Some("sec-websocket-version: 13\r\n");
    for (name, request, status, header) in [
        (
            "no Upgrade at all",
            without(&without(&plain, "upgrade"), "connection"),
            426,
            Some("upgrade: websocket\r\n"),
        ),
        ("no Upgrade header", without(&plain, "upgrade"), 400, None),
        ("another Upgrade", with(&plain, "Upgrade: websocket", "Upgrade: h2c"), 400, None),
        ("Connection missing", without(&plain, "connection"), 400, None),
        (
            "Connection without upgrade",
            with(&plain, "Connection: Upgrade", "Connection: keep-alive"),
            400,
            None,
        ),
        ("Connection alike", with(&plain, "Connection: Upgrade", "Connection: upgraded"), 400, None),
        ("key missing", without(&plain, "sec-websocket-key"), 400, None),
        ("key empty", with(&plain, key, "Sec-WebSocket-Key:"), 400, None),
        ("key no base64", with(&plain, key, "Sec-WebSocket-Key: ????????????????????????"), 400, None),
        ("key too short", with(&plain, key, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub24="), 400, None),
        ("key too long", with(&plain, key, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZWVl"), 400, None),
        ("two keys", upgrade("/ws/query", &format!("{key}\r\n")), 400, None),
        ("version missing", without(&plain, "sec-websocket-version"), 400, None),
        ("version no number", with(&plain, version, "Sec-WebSocket-Version: x"), 400, None),
        ("version 8", with(&plain, version, "Sec-WebSocket-Version: 8"), 426, other_version),
        ("version 14", with(&plain, version, "Sec-WebSocket-Version: 14"), 426, other_version),
        ("Host missing", without(&plain, "host"), 400, None),
        ("HTTP/1.0", with(&plain, "HTTP/1.1", "HTTP/1.0"), 400, None),
        ("POST", with(&plain, "GET ", "POST "), 405, Some("allow: get\r\n")),
        ("HEAD", with(&plain, "GET ", "HEAD "), 405, Some("allow: get\r\n")),
        ("unknown path", upgrade("/ws/nowhere", ""), 404, None),
        ("progress without id", upgrade("/ws/progress/", ""), 404, None),
        ("origin null", upgrade("/ws/query", "Origin: null\r\n"), 403, None),
        ("origin evil", upgrade("/ws/query", "Origin: https://evil.example\r\n"), 403, None),
        ("origin alike", upgrade("/ws/query", "Origin: http://127.0.0.1.evil.example\r\n"), 403, None),
        ("origin other port", upgrade("/ws/query", "Origin: http://127.0.0.1:1\r\n"), 403, None),
    ] {
        let mut peer = rig.connect().await;
        peer.send(request.as_bytes()).await;
        let (answered, head) = peer.head().await;
        assert_eq!(answered, status, "{name}: {head}");
        assert!(header.is_none_or(|header| head.contains(header)), "{name}: {head}");
        let body = peer.rest().await;
        if name != "HEAD" {
            let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(body["type"], "error", "{name}");
            assert!(body["code"].is_string() && body["message"].is_string(), "{name}");
            assert!(body["timestamp"].as_str().unwrap().ends_with('Z'), "{name}");
        }
    }
    rig.stop_clean().await;
}

#[tokio::test]
async fn large_headers_are_refused_with_an_error_object_or_bare() {
    let rig = Rig::start(|_| {}).await;
    for (size, has_body) in [(15 * 1024, None), (17 * 1024, Some(true)), (40 * 1024, Some(false))] {
        let padding = format!("X-Padding: {}\r\n", "a".repeat(size));
        let mut peer = rig.connect().await;
        peer.send(upgrade("/ws/query", &padding).as_bytes()).await;
        let (status, head) = peer.head().await;
        assert_eq!(status, if has_body.is_none() { 101 } else { 431 }, "{size}: {head}");
        if let Some(has_body) = has_body {
            assert_eq!(head.contains("application/json"), has_body, "{size}: {head}");
        }
    }
    rig.stop_clean().await;
}

#[tokio::test]
async fn a_frame_or_a_body_may_follow_the_request_at_once() {
    let rig = Rig::start(|_| {}).await;
    for (name, between) in [("frame", ("", "")), ("body", ("Content-Length: 4\r\n", "body"))] {
        let mut bytes = upgrade("/ws/query", between.0).into_bytes();
        bytes.extend_from_slice(between.1.as_bytes());
        bytes.extend(frame(TEXT, b"early"));
        bytes.extend(&frame(TEXT, b"late")[..3]);
        let mut peer = rig.connect().await;
        peer.send(&bytes).await;
        assert_eq!(peer.head().await.0, 101, "{name}");
        peer.send(&frame(TEXT, b"late")[3..]).await;
        assert_eq!(peer.frame().await.unwrap().1, "early", "{name}");
        assert_eq!(peer.frame().await.unwrap().1, "late", "{name}");
    }
    rig.stop_clean().await;
}

#[tokio::test]
async fn the_service_learns_path_and_query_but_logs_show_no_values() {
    let rig = Rig::start(|_| {}).await;
    let mut peer = rig.connect().await;
    peer.send(upgrade("/ws/progress/session_1?epoch=e%20f&offset=3&token=secret", "").as_bytes()).await;
    assert_eq!(peer.head().await.0, 101);
    peer.send(&frame(TEXT, b"door")).await;
    let (_, text) = peer.frame().await.unwrap();
    let text = String::from_utf8(text.to_vec()).unwrap();
    drop(peer);
    assert!(text.contains("session_1") && text.contains("\"token\"") && !text.contains("secret"), "{text}");
    rig.stop_clean().await;
}

#[tokio::test]
async fn other_requests_are_the_services_and_keep_the_connection() {
    let rig = Rig::start(|_| {}).await;
    let mut peer = rig.connect().await;
    for (path, status) in [("/health", 200), ("/nowhere", 404), ("/panic", 500), ("/health", 200)] {
        peer.send(format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n").as_bytes()).await;
        let (answered, head) = peer.head().await;
        assert_eq!(answered, status, "{path}: {head}");
        let length = head.split("content-length: ").nth(1).unwrap().split("\r\n").next().unwrap();
        peer.skip(length.parse().unwrap()).await;
    }
    assert_eq!(rig.metrics.panics.value(), 1);
    assert_eq!(rig.metrics.requests.with("200").value(), 2);
    rig.stop_clean().await;
}

#[tokio::test]
async fn a_panic_in_a_connection_is_contained_counted_and_told() {
    let rig = Rig::start(|_| {}).await;
    let mut other = rig.open().await;
    let mut peer = rig.open().await;
    peer.send(&frame(TEXT, b"panic")).await;
    assert_eq!(peer.closed().await, (1011, "Internal error".to_owned()));
    other.send(&frame(TEXT, b"still here")).await;
    assert_eq!(other.frame().await.unwrap().1, "still here");
    drop(other);
    let metrics = std::sync::Arc::clone(&rig.metrics);
    let summary = rig.stop().await;
    assert_eq!((summary.panics, summary.upgraded), (1, 2));
    assert_eq!(metrics.panics.value(), 1);
}

#[tokio::test]
async fn draining_keeps_the_port_and_stopping_ends_everything() {
    let rig = Rig::start(|_| {}).await;
    let mut open = rig.open().await;
    let mut idle = rig.connect().await;
    idle.send(b"GET /health HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert_eq!(idle.head().await.0, 200);
    rig.shutdown.drain();
    let (status, head) = ask(&rig, &upgrade("/ws/query", "")).await;
    assert_eq!(status, 503);
    assert!(head.contains("retry-after: 5\r\n"), "{head}");
    open.send(&frame(TEXT, b"served while draining")).await;
    assert_eq!(open.frame().await.unwrap().1, "served while draining");
    rig.shutdown.stop();
    let (first, payload) = open.frame().await.unwrap();
    assert_eq!((first, &payload[..2]), (0x88, &1001_u16.to_be_bytes()[..]));
    open.send(&super::rig::close_frame(1001, "")).await;
    assert_eq!(open.frame().await, None);
    assert_eq!(idle.rest().await, b"healthy");
    let address = rig.address;
    rig.stop_clean().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "the port is free again");
}

#[tokio::test]
async fn headers_that_do_not_come_end_the_connection() {
    let rig = Rig::start(|config| config.timers.header_timeout = Duration::from_millis(50)).await;
    let mut peer = rig.connect().await;
    peer.send(b"GET /ws/query HTTP/1.1\r\nHost: h\r\n").await;
    let answer = String::from_utf8(peer.rest().await).unwrap();
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    rig.stop_clean().await;
}

/// Set in the process that may open few files.
const FEW_FILES: &str = "TIDEGATE_TEST_FEW_FILES";

/// Runs [`few_files`] in a process of its own, because the limit is the whole process's.
#[cfg(unix)]
#[test]
fn running_out_of_descriptors_is_survived() {
    let output = std::process::Command::new("sh")
        .args(["-c", "ulimit -n 64 && exec \"$0\" --exact serve::tests::few_files --nocapture"])
        .arg(std::env::current_exe().unwrap())
        .env(FEW_FILES, "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("accepts failed"), "{text}");
}

#[tokio::test]
async fn few_files() {
    if std::env::var_os(FEW_FILES).is_none() {
        return;
    }
    let rig = Rig::start(|_| {}).await;
    let mut open = rig.open().await;
    // the system completes connections by itself: none is accepted before the descriptors are gone
    let mut crowd = Vec::new();
    while let Ok(client) = std::net::TcpStream::connect(rig.address) {
        crowd.push(client);
    }
    let failed = async {
        while rig.metrics.accept_failures.value() == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, failed).await.unwrap();
    println!("accepts failed: {}", rig.metrics.accept_failures.value());
    open.send(&frame(TEXT, b"unharmed")).await;
    assert_eq!(open.frame().await.unwrap().1, "unharmed");
    drop(crowd);
    let mut later = rig.open().await;
    later.send(&frame(TEXT, b"welcome again")).await;
    assert_eq!(later.frame().await.unwrap().1, "welcome again");
    drop((open, later));
    rig.stop_clean().await;
}
