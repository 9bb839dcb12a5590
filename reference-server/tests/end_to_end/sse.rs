//! Event streams end to end: the same events as on a socket, resume, and readers that are slow.

use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::events::{Event, Next, Source};
use crate::rig::{Rig, read, soon};

const EVENTS: (&str, &str) = ("accept", "text/event-stream");

async fn session(rig: &Rig) -> String {
    let (status, body) = rig.request(Method::POST, "/api/sessions", "").await;
    assert_eq!(status, StatusCode::CREATED);
    body["session_id"].as_str().unwrap().to_owned()
}

async fn follow(rig: &Rig, path: &str, fields: &[(&str, &str)]) -> Source {
    Source::new(rig.answer_with(Method::GET, path, fields, "").await)
}

/// Name and place of each event agree with what it says.
fn check(events: &[Event]) {
    for event in events {
        assert_eq!(event.data["type"], event.name);
        let place = format!("{}:{}", event.data["epoch"].as_str().unwrap(), event.data["offset"]);
        assert_eq!(event.id.as_deref(), Some(place.as_str()));
    }
}

#[tokio::test]
async fn a_question_is_answered_with_its_events() {
    let rig = Rig::new().await;
    let id = session(&rig).await;
    let (mut socket, _) = rig.open(&format!("/ws/progress/{id}")).await;
    let body = json!({ "query": "rows 3", "id": "a", "preferences": { "stream": true } }).to_string();
    let fields = [EVENTS, ("x-session-id", id.as_str())];
    let mut source = Source::new(rig.answer_with(Method::POST, "/api/query", &fields, &body).await);
    let events = source.up_to("query_result").await;
    check(&events);
    assert!(matches!(source.next().await, Next::End), "the stream ends with the answer");
    assert_eq!(events[0].name, "query_accepted");
    assert!(events.iter().any(|event| event.name == "partial_result"));
    assert!(events.iter().all(|event| event.data["id"] == "a"));
    let seen = socket.up_to("query_result").await;
    assert_eq!(events.into_iter().map(|event| event.data).collect::<Vec<_>>(), seen);
}

#[tokio::test]
async fn a_question_that_is_refused_is_answered_at_once() {
    let rig = Rig::new().await;
    let answer = rig.answer_with(Method::POST, "/api/query", &[EVENTS], r#"{"query":""}"#).await;
    let (status, body) = read(answer).await;
    assert_eq!((status, &body["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("QUERY_REJECTED")));
}

#[tokio::test]
async fn the_stream_of_a_question_ends_with_its_error_or_its_cancel() {
    let rig = Rig::new().await;
    let mut source =
        Source::new(rig.answer_with(Method::POST, "/api/query", &[EVENTS], r#"{"query":"reject"}"#).await);
    let events = source.up_to("error").await;
    assert_eq!(events.last().unwrap().data["code"], "QUERY_REJECTED");
    assert!(matches!(source.next().await, Next::End));
    let id = session(&rig).await;
    let (mut peer, _) = rig.joined(json!({ "session_id": id })).await;
    let fields = [EVENTS, ("x-session-id", id.as_str())];
    let mut source =
        Source::new(rig.answer_with(Method::POST, "/api/query", &fields, r#"{"query":"hold"}"#).await);
    rig.gate.entered().await;
    let transaction = peer.until("query_accepted").await["transaction_id"].clone();
    peer.send(json!({ "type": "command", "action": "cancel", "transaction_id": transaction })).await;
    source.up_to("query_cancelled").await;
    assert!(matches!(source.next().await, Next::End));
}

#[tokio::test]
async fn who_goes_away_cancels_nothing() {
    let rig = Rig::new().await;
    let id = session(&rig).await;
    let fields = [EVENTS, ("x-session-id", id.as_str())];
    let mut source =
        Source::new(rig.answer_with(Method::POST, "/api/query", &fields, r#"{"query":"hold"}"#).await);
    let accepted = source.event().await;
    rig.gate.entered().await;
    drop(source);
    rig.gate.open();
    let last = [("last-event-id", accepted.id.as_deref().unwrap())];
    let mut source = follow(&rig, &format!("/api/progress/{id}"), &last).await;
    let events = source.up_to("query_result").await;
    assert_eq!(events[0].name, "resumed");
    assert_eq!(events.last().unwrap().data["row_count"], 2);
}

#[tokio::test]
async fn a_stream_that_was_cut_goes_on_where_it_was() {
    let rig = Rig::new().await;
    let id = session(&rig).await;
    let path = format!("/api/progress/{id}");
    let mut source = follow(&rig, &path, &[]).await;
    let in_session = |query: &str| json!({ "query": query, "session_id": id }).to_string();
    let (status, _) = rig.request(Method::POST, "/api/query", &in_session("rows 1")).await;
    assert_eq!(status, StatusCode::OK);
    let first = source.up_to("query_result").await;
    check(&first);
    drop(source);
    rig.request(Method::POST, "/api/query", &in_session("rows 2")).await;
    let cut = &first[1];
    let mut source = follow(&rig, &path, &[("last-event-id", cut.id.as_deref().unwrap())]).await;
    let resumed = source.event().await;
    assert_eq!((resumed.name.as_str(), &resumed.id), ("resumed", &None));
    assert_eq!((&resumed.data["recovered"], &resumed.data["reason"]), (&json!(true), &json!("OK")));
    let mut again = source.up_to("query_result").await;
    again.extend(source.up_to("query_result").await);
    check(&again);
    assert_eq!(again[..first.len() - 2], first[2..], "what was missed, and nothing else");
    assert!(again.windows(2).all(|two| {
        two[0].data["offset"].as_u64().unwrap() + 1 == two[1].data["offset"].as_u64().unwrap()
    }));
    // The address says the same; the field wins.
    let epoch = cut.data["epoch"].as_str().unwrap();
    let top = again.last().unwrap();
    let url = format!("{path}?epoch={epoch}&offset=1");
    let resumed = follow(&rig, &url, &[]).await.event().await;
    assert_eq!(resumed.data["from"], 2);
    let resumed = follow(&rig, &url, &[("last-event-id", top.id.as_deref().unwrap())]).await.event().await;
    assert_eq!((&resumed.data["from"], &resumed.data["top"]), (&Value::Null, &top.data["offset"]));
}

#[tokio::test]
async fn a_place_that_is_gone_or_none_is_said_so() {
    let rig = Rig::new().await;
    let id = session(&rig).await;
    let path = format!("/api/progress/{id}");
    let mut source = follow(&rig, &path, &[("last-event-id", "another:3")]).await;
    let resumed = source.event().await;
    assert_eq!(
        (&resumed.data["recovered"], &resumed.data["reason"]),
        (&json!(false), &json!("EPOCH_MISMATCH"))
    );
    assert_eq!(source.event().await.name, "session_snapshot");
    for (path, last, status, code) in [
        (path.clone(), "nonsense", StatusCode::BAD_REQUEST, "INVALID_MESSAGE"),
        (format!("{path}?epoch=e"), "", StatusCode::BAD_REQUEST, "INVALID_MESSAGE"),
        (format!("{path}?poll=2"), "", StatusCode::BAD_REQUEST, "INVALID_MESSAGE"),
        ("/api/progress/session_never_known".to_owned(), "", StatusCode::NOT_FOUND, "INVALID_SESSION"),
    ] {
        let answer = rig.answer_with(Method::GET, &path, &[("last-event-id", last)], "").await;
        let (found, body) = read(answer).await;
        assert_eq!((found, body["code"].as_str().unwrap()), (status, code), "{path}");
    }
}

#[tokio::test]
async fn streams_count_as_connections_of_their_session_and_of_the_server() {
    let rig = Rig::with(|config| config.limits.max_connections = 4).await;
    let id = session(&rig).await;
    let path = format!("/api/progress/{id}");
    let mut open = Vec::new();
    for _ in 0..2 {
        let mut source = follow(&rig, &format!("{path}?epoch=e&offset=0"), &[]).await;
        source.event().await;
        open.push(source);
    }
    let (_socket, _) = rig.open(&format!("/ws/progress/{id}")).await;
    let (_, shown) = rig.request(Method::GET, &format!("/api/sessions/{id}"), "").await;
    assert_eq!(shown["connections"], 3);
    let answer = rig.answer(Method::GET, &path, "").await;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.headers()["retry-after"], "1");
    let (_other, _) = rig.open("/ws/query").await;
    let answer = rig.answer(Method::GET, &path, "").await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(read(answer).await.1["code"], "SERVER_FULL");
    drop(open);
    loop {
        let (_, shown) = rig.request(Method::GET, &format!("/api/sessions/{id}"), "").await;
        if shown["connections"] == 1 {
            break;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_stream_is_kept_alive_and_ends_with_its_session() {
    let rig = Rig::with(|config| config.http.stream_keep_alive = Duration::from_millis(10)).await;
    let id = session(&rig).await;
    let path = format!("/api/progress/{id}");
    let mut source = follow(&rig, &path, &[]).await;
    assert!(matches!(source.next().await, Next::Comment(text) if text == "keep-alive"));
    rig.request(Method::DELETE, &format!("/api/sessions/{id}"), "").await;
    let error = source.event().await;
    assert_eq!((error.name.as_str(), &error.data["code"]), ("error", &json!("SESSION_EXPIRED")));
    assert!(source.ended().await);
    assert_eq!(rig.answer(Method::GET, &path, "").await.status(), StatusCode::GONE);
}

#[tokio::test]
async fn a_stream_is_superseded_and_drained_like_a_socket() {
    let rig = Rig::new().await;
    let id = session(&rig).await;
    let path = format!("/api/progress/{id}?epoch=e&offset=0&agent_id=page");
    let mut first = follow(&rig, &path, &[]).await;
    first.event().await;
    let mut second = follow(&rig, &path, &[]).await;
    assert!(first.ended().await);
    second.event().await;
    rig.shutdown.drain();
    let events = second.up_to("server_shutting_down").await;
    assert!(events.last().unwrap().data["reconnect_after_ms"].is_u64());
    assert!(second.ended().await);
    rig.ended().await;
}

#[tokio::test]
async fn fault_25_without_sockets_the_same_events_come_in_the_same_order() {
    let rig = Rig::new().await;
    let id = session(&rig).await;
    let (mut socket, _) = rig.open(&format!("/ws/progress/{id}")).await;
    let mut source = follow(&rig, &format!("/api/progress/{id}"), &[]).await;
    for query in ["rows 2", "reject", "rows 700"] {
        let body = json!({ "query": query, "session_id": id, "preferences": { "stream": true } });
        rig.answer_with(Method::POST, "/api/query", &[EVENTS], &body.to_string()).await;
        source.up_to(if query == "reject" { "error" } else { "query_result" }).await;
    }
    let top = rig.request(Method::GET, &format!("/api/sessions/{id}"), "").await.1["top"].as_u64().unwrap();
    let mut seen = Vec::new();
    while seen.last().and_then(|message: &Value| message["offset"].as_u64()) != Some(top) {
        seen.push(socket.next().await);
    }
    let epoch = seen[0]["epoch"].as_str().unwrap();
    let last = format!("{epoch}:0");
    let mut source = follow(&rig, &format!("/api/progress/{id}"), &[("last-event-id", last.as_str())]).await;
    assert_eq!(source.event().await.name, "resumed");
    let mut streamed = Vec::new();
    for _ in 0..seen.len() {
        streamed.push(source.event().await.data);
    }
    assert_eq!(streamed, seen, "the stream");
    let (_, polled) = rig.request(Method::GET, &format!("/api/progress/{id}?poll=1"), "").await;
    assert_eq!(polled["events"], json!(seen), "polling");
}

async fn stalled(rig: &Rig, path: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(2048).unwrap();
    let mut stream = socket.connect(rig.address).await.unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: h\r\n\r\n").as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn fault_15_a_reader_that_takes_nothing_costs_only_itself() {
    let rig = Rig::with(|config| {
        config.limits.queue_messages = 8;
        config.limits.history_bytes = 64 * 1024 * 1024;
    })
    .await;
    let id = session(&rig).await;
    let path = format!("/api/progress/{id}");
    let mut slow = stalled(&rig, &path).await;
    let mut keen = follow(&rig, &path, &[]).await;
    let connections =
        async || rig.request(Method::GET, &format!("/api/sessions/{id}"), "").await.1["connections"].clone();
    while connections().await != 2 {
        tokio::task::yield_now().await;
    }
    let mut asked = 0;
    while connections().await == 2 {
        let body = json!({ "query": "rows 20000", "session_id": id }).to_string();
        assert_eq!(rig.request(Method::POST, "/api/query", &body).await.0, StatusCode::OK);
        keen.up_to("query_result").await;
        asked += 1;
        assert!(asked < 300, "the slow reader is never ended");
    }
    let mut rest = Vec::new();
    let ended = soon(slow.read_to_end(&mut rest)).await;
    assert!(ended.is_err() || !rest.ends_with(b"0\r\n\r\n"), "the stream breaks off");
}

#[tokio::test]
async fn a_write_that_is_blocked_too_long_ends_the_connection() {
    let rig = Rig::with(|config| {
        config.timers.write_timeout = Duration::from_millis(200);
        config.limits.queue_messages = 100_000;
        config.limits.queue_bytes = 1 << 30;
    })
    .await;
    let id = session(&rig).await;
    let _slow = stalled(&rig, &format!("/api/progress/{id}")).await;
    let connections =
        async || rig.request(Method::GET, &format!("/api/sessions/{id}"), "").await.1["connections"].clone();
    while connections().await != 1 {
        tokio::task::yield_now().await;
    }
    let mut asked = 0;
    while connections().await == 1 {
        let body = json!({ "query": "rows 20000", "session_id": id }).to_string();
        rig.request(Method::POST, "/api/query", &body).await;
        asked += 1;
        assert!(asked < 300, "the slow reader is never ended");
    }
}

#[tokio::test]
async fn a_stream_that_comes_back_takes_its_own_place_where_places_are_few() {
    let rig = Rig::with(|config| config.limits.max_connections_per_ip = 1).await;
    let id = session(&rig).await;
    let path = format!("/api/progress/{id}?agent_id=tab");
    let mut first = follow(&rig, &path, &[]).await;
    let question = json!({ "query": "rows 1", "session_id": id }).to_string();
    rig.request(Method::POST, "/api/query", &question).await;
    let top = first.up_to("query_result").await.pop().unwrap();
    let last = [("last-event-id", top.id.as_deref().unwrap())];
    let refused = rig.answer_with(Method::GET, &path.replace("tab", "other"), &last, "").await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS, "another one does not");
    let mut second = follow(&rig, &path, &last).await;
    assert_eq!(second.event().await.name, "resumed");
    assert!(matches!(first.next().await, Next::End), "the place was its own");
}

#[tokio::test]
async fn what_a_stream_is_sent_counts_as_sent() {
    let rig = Rig::new().await;
    let id = session(&rig).await;
    let mut source = follow(&rig, &format!("/api/progress/{id}"), &[]).await;
    let question = json!({ "query": "rows 1", "session_id": id }).to_string();
    rig.request(Method::POST, "/api/query", &question).await;
    let seen = source.up_to("query_result").await.len();
    let (_, page) = rig.request(Method::GET, "/metrics", "").await;
    let line = page.as_str().unwrap().lines().find_map(|line| line.strip_prefix("messages_sent_total "));
    assert_eq!(line.unwrap(), seen.to_string());
}
