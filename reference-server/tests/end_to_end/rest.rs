//! Requests end to end: what every answer says, who may ask, and what is refused how.

use std::time::Duration;

use http::{HeaderMap, Method, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::rig::{Rig, read, soon};

async fn head(rig: &Rig, method: Method, path: &str, fields: &[(&str, &str)]) -> (StatusCode, HeaderMap) {
    let answer = rig.answer_with(method, path, fields, "").await;
    (answer.status(), answer.headers().clone())
}

/// Sends bytes, and reads until the server ends the stream.
async fn raw(rig: &Rig, text: &str) -> String {
    let mut stream = TcpStream::connect(rig.address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A server that closes with bytes unread resets the stream.
    let _ = soon(stream.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn every_answer_names_its_request_and_is_no_page() {
    let rig = Rig::new().await;
    for (method, path) in [
        (Method::GET, "/health"),
        (Method::GET, "/nothing"),
        (Method::POST, "/api/query"),
        (Method::GET, "/ws/query"),
    ] {
        let (_, made) = head(&rig, method.clone(), path, &[]).await;
        assert!(made["x-request-id"].to_str().unwrap().starts_with("req_"), "{path}");
        assert_eq!(made["x-content-type-options"], "nosniff");
        assert_eq!(made["cache-control"], "no-store");
        assert!(made["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
        let (_, given) = head(&rig, method, path, &[("x-request-id", "mine-1")]).await;
        assert_eq!(given["x-request-id"], "mine-1", "{path}");
    }
}

#[tokio::test]
async fn methods_are_told_and_heads_have_no_body() {
    let rig = Rig::new().await;
    for (path, allowed) in [
        ("/api/query", "POST, OPTIONS"),
        ("/api/sessions", "POST, OPTIONS"),
        ("/api/sessions/session_1", "GET, HEAD, DELETE, OPTIONS"),
        ("/api/transactions/tx_1", "GET, HEAD, OPTIONS"),
        ("/health", "GET, HEAD, OPTIONS"),
    ] {
        let answer = rig.answer(Method::PUT, path, "").await;
        assert_eq!(answer.headers()["allow"], allowed, "{path}");
        let (status, body) = read(answer).await;
        assert_eq!((status, &body["code"]), (StatusCode::METHOD_NOT_ALLOWED, &json!("INVALID_MESSAGE")));
        let (status, headers) = head(&rig, Method::OPTIONS, path, &[]).await;
        assert_eq!((status, &headers["allow"]), (StatusCode::NO_CONTENT, &allowed.parse().unwrap()));
    }
    let (status, headers) = head(&rig, Method::HEAD, "/api/sessions/session_unknown", &[]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(headers["content-length"].to_str().unwrap().parse::<u64>().unwrap() > 50);
    for path in ["/", "/api", "/api/queries", "/api/sessions/", "/api/sessions/a/b", "/api/transactions/"] {
        let (status, body) = rig.request(Method::GET, path, "").await;
        assert_eq!((status, &body["code"]), (StatusCode::NOT_FOUND, &json!("NOT_FOUND")), "{path}");
    }
}

#[tokio::test]
async fn pages_of_listed_origins_may_ask_and_others_may_not() {
    let rig = Rig::with(|config| config.origin.allow = vec!["https://app.example.com".to_owned()]).await;
    let page = ("origin", "https://app.example.com");
    let asks = [page, ("access-control-request-method", "POST")];
    let (status, headers) = head(&rig, Method::OPTIONS, "/api/query", &asks).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(headers["access-control-allow-origin"], page.1);
    assert_eq!(headers["access-control-allow-methods"], "POST, OPTIONS");
    let fields = headers["access-control-allow-headers"].to_str().unwrap();
    for field in ["content-type", "authorization", "x-session-id", "prefer", "last-event-id", "if-none-match"]
    {
        assert!(fields.split(", ").any(|named| named == field), "{field}");
    }
    assert_eq!(headers["vary"], "Origin");
    let answer = rig.answer_with(Method::POST, "/api/sessions", &[page], "").await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    assert_eq!(answer.headers()["access-control-allow-origin"], page.1);
    assert!(answer.headers()["access-control-expose-headers"].to_str().unwrap().contains("location"));
    for origin in ["https://evil.example.com", "null", "https://app.example.com.evil.org"] {
        let fields = [("origin", origin), ("access-control-request-method", "POST")];
        for method in [Method::OPTIONS, Method::POST] {
            let answer = rig.answer_with(method, "/api/query", &fields, r#"{"query":"x"}"#).await;
            assert_eq!(answer.headers().get("access-control-allow-origin"), None, "{origin}");
            let (status, body) = read(answer).await;
            assert_eq!((status, &body["code"]), (StatusCode::FORBIDDEN, &json!("FORBIDDEN")), "{origin}");
        }
    }
    let same = format!("http://{}", rig.address);
    let (status, _) = head(&rig, Method::POST, "/api/sessions", &[("origin", &same)]).await;
    assert_eq!(status, StatusCode::CREATED);
}

#[tokio::test]
async fn sessions_are_made_shown_and_ended() {
    let rig = Rig::new().await;
    let body = json!({ "session_id": "session_of_a_test", "user_id": "ada" }).to_string();
    let (status, made) = rig.request(Method::POST, "/api/sessions", &body).await;
    assert_eq!(status, StatusCode::CREATED);
    let names: Vec<_> = made.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["session_id", "user_id", "epoch", "top", "expires_at", "connections"]);
    let (status, again) = rig.request(Method::POST, "/api/sessions", &body).await;
    assert_eq!((status, &again["epoch"]), (StatusCode::OK, &made["epoch"]));
    let other = json!({ "session_id": "session_of_a_test", "user_id": "bob" }).to_string();
    assert_eq!(rig.request(Method::POST, "/api/sessions", &other).await.0, StatusCode::NOT_FOUND);
    let path = "/api/sessions/session_of_a_test";
    let (mut socket, _) = rig.open("/ws/progress/session_of_a_test").await;
    let (status, shown) = rig.request(Method::GET, path, "").await;
    assert_eq!((status, &shown["connections"]), (StatusCode::OK, &json!(1)));
    let answer = rig.request_in(Method::POST, "/api/query", r#"{"query":"x"}"#, "session_of_a_test").await;
    assert_eq!(answer.1["session_id"], "session_of_a_test");
    let (status, body) = rig.request(Method::DELETE, path, "").await;
    assert_eq!((status, body), (StatusCode::NO_CONTENT, json!("")));
    socket.until("error").await;
    assert_eq!(socket.closed().await, (1008, "Session expired".to_owned()));
    for method in [Method::GET, Method::DELETE] {
        let (status, body) = rig.request(method, path, "").await;
        assert_eq!((status, &body["code"]), (StatusCode::GONE, &json!("SESSION_EXPIRED")));
    }
    for id in ["short", "not_known_to_anybody", "per%20cent%20escaped"] {
        let (status, body) = rig.request(Method::GET, &format!("/api/sessions/{id}"), "").await;
        assert_eq!((status, &body["code"]), (StatusCode::NOT_FOUND, &json!("INVALID_SESSION")), "{id}");
    }
    let named = rig.request_in(Method::POST, "/api/sessions", "", "session_by_header").await.1;
    assert_eq!(named["session_id"], "session_by_header");
}

#[tokio::test]
async fn a_body_that_does_not_come_or_is_too_large_is_refused() {
    let rig = Rig::with(|config| config.http.body_timeout = Duration::from_millis(50)).await;
    let answer =
        raw(&rig, "POST /api/query HTTP/1.1\r\nhost: h\r\ncontent-length: 20\r\n\r\n{\"query\":").await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.to_lowercase().contains("connection: close") && answer.contains("body_timeout"));
    let rig = Rig::new().await;
    for text in [
        format!("POST /api/query HTTP/1.1\r\nhost: h\r\ncontent-length: 70000\r\n\r\n{}", "x".repeat(70_000)),
        format!(
            "POST /api/query HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n11170\r\n{}\r\n0\r\n\r\n",
            "x".repeat(70_000)
        ),
    ] {
        let mut stream = TcpStream::connect(rig.address).await.unwrap();
        let (mut reading, mut writing) = stream.split();
        let mut first = vec![0; 12];
        let sent = async {
            let _ = writing.write_all(text.as_bytes()).await;
        };
        let (_, found) = tokio::join!(sent, soon(reading.read_exact(&mut first)));
        found.unwrap();
        assert_eq!(first, b"HTTP/1.1 413");
    }
    for (body, status, code) in [
        ("{", StatusCode::BAD_REQUEST, "INVALID_JSON"),
        (r#"{"query":"a","query":"b"}"#, StatusCode::BAD_REQUEST, "INVALID_JSON"),
        ("[]", StatusCode::BAD_REQUEST, "INVALID_MESSAGE"),
        (r#"{"query":1}"#, StatusCode::BAD_REQUEST, "INVALID_MESSAGE"),
        (r#"{"query":" "}"#, StatusCode::UNPROCESSABLE_ENTITY, "QUERY_REJECTED"),
        (
            r#"{"query":"x","database_context":{"database":"nowhere"}}"#,
            StatusCode::UNPROCESSABLE_ENTITY,
            "DATABASE_CONTEXT_INVALID",
        ),
        (r#"{"query":"x","session_id":"session_unknown"}"#, StatusCode::NOT_FOUND, "INVALID_SESSION"),
    ] {
        let (found, answer) = rig.request(Method::POST, "/api/query", body).await;
        assert_eq!((found, answer["code"].as_str().unwrap()), (status, code), "{body}");
        assert!(answer["timestamp"].is_string() && answer["type"] == "error");
    }
}

#[tokio::test]
async fn fault_37_two_thousand_fields_are_refused() {
    let rig = Rig::new().await;
    let fields = (0..2_000).fold(String::new(), |all, number| format!("{all}x-{number}: v\r\n"));
    let answer = raw(&rig, &format!("GET /health HTTP/1.1\r\nhost: h\r\n{fields}\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    let large = raw(
        &rig,
        &format!("GET /health HTTP/1.1\r\nhost: h\r\nconnection: close\r\nx: {}\r\n\r\n", "v".repeat(17_000)),
    )
    .await;
    assert!(large.starts_with("HTTP/1.1 431 ") && large.contains("MESSAGE_TOO_LARGE"), "{large}");
    assert_eq!(rig.request(Method::GET, "/metrics", "").await.0, StatusCode::OK);
}

#[tokio::test]
async fn fault_36_silence_and_dribble_are_ended() {
    for http2 in [false, true] {
        let rig = Rig::with(|config| {
            config.timers.header_timeout = Duration::from_millis(50);
            config.http.http2 = http2;
        })
        .await;
        for said in ["", "P", "PRI * HTTP/2.0\r\n", "GET /health HTTP/1.1\r\nhost:"] {
            let answer = raw(&rig, said).await;
            assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{said:?} {answer}");
        }
    }
}

#[tokio::test]
async fn a_connection_is_kept_for_the_next_request() {
    let rig = Rig::new().await;
    let two = "GET /metrics HTTP/1.1\r\nhost: h\r\n\r\nGET /nothing HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n";
    let answers = raw(&rig, two).await;
    assert!(answers.starts_with("HTTP/1.1 200 ") && answers.contains("HTTP/1.1 404 "), "{answers}");
}

#[tokio::test]
async fn without_a_token_only_what_is_open_answers() {
    let rig = Rig::with(|config| {
        config.auth.required = true;
        config.auth.secret = Some("a secret of at least thirty-two bytes".to_owned().into());
    })
    .await;
    for (method, path) in [
        (Method::POST, "/api/query"),
        (Method::POST, "/api/sessions"),
        (Method::GET, "/api/transactions/tx_1"),
        (Method::GET, "/api/progress/session_1"),
    ] {
        let answer = rig.answer(method, path, "").await;
        assert_eq!(answer.headers()["www-authenticate"], "Bearer");
        let (status, body) = read(answer).await;
        assert_eq!((status, &body["code"]), (StatusCode::UNAUTHORIZED, &json!("AUTH_REQUIRED")), "{path}");
    }
    assert_eq!(rig.request(Method::GET, "/metrics", "").await.0, StatusCode::OK);
    assert_ne!(rig.request(Method::GET, "/health", "").await.0, StatusCode::UNAUTHORIZED);
}
