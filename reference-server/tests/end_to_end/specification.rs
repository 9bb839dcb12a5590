//! The published descriptions: sound in themselves, complete, and true of what the server really says.

use std::collections::BTreeSet;

use futures_util::StreamExt;
use http::{Method, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use reference_server::config::{Config, Doors};
use reference_server::rest::ROUTES;
use reference_server::specification;
use serde_json::{Value, json};

use crate::rig::{Rig, soon};

const NOW: &str = "2025-01-01T00:00:00Z";

/// A validator for one schema of a document.
fn validator(document: &Value, schema: &Value) -> jsonschema::Validator {
    let mut whole = schema.clone();
    whole["components"] = document["components"].clone();
    jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .build(&whole)
        .unwrap_or_else(|error| panic!("{schema}: {error}"))
}

fn named(document: &Value, name: &str) -> jsonschema::Validator {
    validator(document, &json!({ "$ref": format!("#/components/schemas/{name}") }))
}

fn check(document: &Value, name: &str, instance: &Value) {
    let faults: Vec<_> = named(document, name).iter_errors(instance).map(|error| error.to_string()).collect();
    assert!(faults.is_empty(), "{name}: {faults:?}\n{instance}");
}

/// Every `$ref` in a value, with what it should lead to.
fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match value.as_str() {
                    Some(target) if key == "$ref" => found.push(target),
                    _ => references(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

fn sound(document: &Value) {
    let mut found = Vec::new();
    references(document, &mut found);
    assert!(found.len() > 20);
    for target in found {
        let pointer = target.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{target} leads nowhere");
    }
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        named(document, name);
        assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)), "{name}");
    }
}

#[test]
fn the_description_of_requests_is_sound_and_complete() {
    let document = specification::openapi();
    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["info"]["title"].is_string() && document["info"]["version"].is_string());
    sound(&document);
    let mut ids = BTreeSet::new();
    for route in ROUTES {
        let operation = &document["paths"][route.pattern][route.method.as_str().to_ascii_lowercase()];
        let id = operation["operationId"].as_str().unwrap();
        assert_ne!(id, "undescribed", "{route:?}");
        assert!(ids.insert(id), "{id} twice");
        assert!(operation["summary"].as_str().unwrap().ends_with('.'));
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{route:?}");
        for (status, answer) in responses {
            assert!(status.parse::<u16>().unwrap() >= 200);
            assert!(!answer["description"].as_str().unwrap().is_empty());
        }
        let parameters = operation["parameters"].as_array().unwrap();
        let of_path: Vec<_> = parameters.iter().filter(|parameter| parameter["in"] == "path").collect();
        assert_eq!(of_path.len(), usize::from(route.parameter().is_some()));
        assert!(of_path.iter().all(|parameter| parameter["required"] == true));
    }
    let paths = document["paths"].as_object().unwrap();
    let operations: usize = paths.values().map(|path| path.as_object().unwrap().len()).sum();
    assert_eq!(operations, ROUTES.len());
}

#[test]
fn the_description_of_messages_is_sound_and_complete() {
    let doors = Doors::default();
    let document = specification::asyncapi(&doors);
    assert_eq!(document["asyncapi"], "3.0.0");
    sound(&document);
    let channels = document["channels"].as_object().unwrap();
    assert_eq!(channels.len(), doors.iter().count());
    for door in doors.iter() {
        assert!(channels.values().any(|channel| channel["address"] == door.path), "{}", door.path);
    }
    assert_eq!(document["operations"].as_object().unwrap().len(), 2 * channels.len());
    for key in
        ["named.query_result", "named.chat_reply", "typed.progress_update", "client.named.query", "batch"]
    {
        assert!(document["components"]["messages"][key].is_object(), "{key}");
    }
}

/// An answer must be one that is described: its status, its media type, its body.
async fn described(document: &Value, method: &Method, pattern: &str, answer: Response<Incoming>) -> Value {
    let status = answer.status().as_u16().to_string();
    let kind = answer.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
    let kind = kind.unwrap_or_default().split(';').next().unwrap().to_owned();
    let bytes = soon(answer.into_body().collect()).await.unwrap().to_bytes();
    let operation = &document["paths"][pattern][method.as_str().to_ascii_lowercase()];
    let found = &operation["responses"][&status];
    assert!(found.is_object(), "{method} {pattern} answers {status}");
    if bytes.is_empty() {
        return Value::Null;
    }
    let schema = &found["content"][&kind]["schema"];
    assert!(schema.is_object(), "{method} {pattern} answers {status} with {kind}");
    if kind != "application/json" {
        return Value::Null;
    }
    let body: Value = serde_json::from_slice(&bytes).unwrap();
    let faults: Vec<_> =
        validator(document, schema).iter_errors(&body).map(|error| error.to_string()).collect();
    assert!(faults.is_empty(), "{method} {pattern} {status}: {faults:?}\n{body}");
    body
}

/// Method, described path, real path, further headers, body.
type Called<'a> = (&'a Method, &'a str, &'a str, &'a [(&'a str, &'a str)], &'a str);

#[tokio::test]
async fn real_answers_are_as_described() {
    let rig = Rig::new().await;
    let document = specification::openapi();
    let served = rig.request(Method::GET, "/api/openapi.json", "").await.1;
    assert_eq!(served, document, "what is published is what is served");
    let mut seen = BTreeSet::new();
    let session = json!({ "session_id": "session_described", "user_id": "ada" }).to_string();
    let (_, asked) = {
        let body = r#"{"query":"rows 1","query_id":1,"id":"a"}"#;
        rig.request(Method::POST, "/api/query", body).await
    };
    let transaction = format!("/api/transactions/{}", asked["transaction_id"].as_str().unwrap());
    let (get, post, delete) = (Method::GET, Method::POST, Method::DELETE);
    let asynchronous: &[(&str, &str)] = &[("prefer", "respond-async")];
    let evil: &[(&str, &str)] = &[("origin", "https://evil.example.com")];
    let query = "/api/query";
    let by_id = "/api/sessions/{session_id}";
    let progress = "/api/progress/{session_id}";
    let calls: Vec<Called<'_>> = vec![
        (&post, query, query, &[], r#"{"query":"rows 2","preferences":{"max_rows":5}}"#),
        (&post, query, query, asynchronous, r#"{"query":"rows 2","query_id":"q"}"#),
        (&post, query, query, &[], r#"{"query":"reject"}"#),
        (&post, query, query, &[], r#"{"query":""}"#),
        (&post, query, query, &[], "{"),
        (&post, query, query, evil, r#"{"query":"x"}"#),
        (&post, query, query, &[], r#"{"query":"x","session_id":"session_unknown"}"#),
        (&post, "/api/sessions", "/api/sessions", &[], &session),
        (&post, "/api/sessions", "/api/sessions", &[], &session),
        (&get, by_id, "/api/sessions/session_described", &[], ""),
        (&get, progress, "/api/progress/session_described?poll=1", &[], ""),
        (&get, progress, "/api/progress/session_described?poll=1&epoch=e&offset=1", &[], ""),
        (&get, progress, "/api/progress/session_described?epoch=e", &[], ""),
        (&delete, by_id, "/api/sessions/session_described", &[], ""),
        (&get, by_id, "/api/sessions/session_described", &[], ""),
        (&get, by_id, "/api/sessions/short", &[], ""),
        (&get, "/api/transactions/{transaction_id}", &transaction, &[], ""),
        (&get, "/api/transactions/{transaction_id}", "/api/transactions/tx", &[], ""),
        (&get, "/health", "/health", &[], ""),
        (&get, "/ready", "/ready", &[], ""),
        (&get, "/metrics", "/metrics", &[], ""),
        (&get, "/api/openapi.json", "/api/openapi.json", &[], ""),
        (&get, "/api/asyncapi.json", "/api/asyncapi.json", &[], ""),
        (&get, "/api/admin/dead-letters", "/api/admin/dead-letters", &[], ""),
        (&get, "/api/database/list", "/api/database/list", &[], ""),
        (&post, "/api/database/select", "/api/database/select", &[], r#"{"database":"nowhere"}"#),
        (&post, "/api/database/validate", "/api/database/validate", &[], r#"{"database":"nowhere"}"#),
    ];
    for (method, pattern, path, fields, body) in calls {
        if document["paths"].get(pattern).is_none() {
            continue;
        }
        let answer = rig.answer_with(method.clone(), path, fields, body).await;
        let status = answer.status().as_u16();
        described(&document, method, pattern, answer).await;
        seen.insert((method.to_string(), pattern.to_owned(), status));
    }
    for route in ROUTES {
        let tried = seen
            .iter()
            .any(|(method, pattern, _)| *method == route.method.as_str() && pattern == route.pattern);
        assert!(tried, "{route:?} was not tried");
    }
    for expected in [("POST", query, 202), ("POST", query, 422), ("GET", by_id, 410)] {
        assert!(
            seen.iter()
                .any(|(method, pattern, status)| (method.as_str(), pattern.as_str(), *status) == expected),
            "{expected:?}"
        );
    }
}

fn doors_document() -> Value {
    specification::asyncapi(&Config::default().doors)
}

/// Sends what is described, and reads what must be described, until `ends` have come.
async fn converse(rig: &Rig, path: &str, typed: bool, said: Vec<Value>, ends: usize) -> BTreeSet<String> {
    let document = doors_document();
    let (client, server) = if typed { ("client.typed", "typed") } else { ("client.named", "named") };
    let (mut peer, established) = rig.open(path).await;
    check(&document, &format!("{server}.connection_established"), &established);
    for message in said {
        let kind = message["type"].as_str().unwrap().to_owned();
        check(&document, &format!("{client}.{kind}"), &message);
        peer.send(message).await;
    }
    let mut seen = BTreeSet::new();
    let mut ended = 0;
    while ended < ends {
        let message = peer.next().await;
        let name = message["event_name"].as_str().or(message["type"].as_str()).unwrap().to_owned();
        let key = match name.as_str() {
            "error" if message.get("transaction_id").is_some() => "named.query_error".to_owned(),
            "error" if message["payload"].get("transaction_id").is_some() => "typed.query_error".to_owned(),
            _ => format!("{server}.{name}"),
        };
        check(&document, &key, &message);
        let end = matches!(name.as_str(), "query_result" | "response" | "query_cancelled" | "chat_reply");
        ended += usize::from(end || key.ends_with("query_error"));
        seen.insert(name);
    }
    seen
}

#[tokio::test]
async fn real_messages_are_as_described_in_both_dialects() {
    let rig = Rig::new().await;
    let named = vec![
        json!({ "type": "connection_handshake", "agent_id": "a", "user_id": null, "client_info": { "browser": "b" },
                "capabilities": ["heartbeat"], "resume": { "epoch": "e", "offset": 0 } }),
        json!({ "type": "ping", "id": 1 }),
        json!({ "type": "heartbeat" }),
        json!({ "type": "heartbeat", "correlation_id": "c" }),
        json!({ "type": "subscribe", "events": ["chat", "nonsense"] }),
        json!({ "type": "unsubscribe", "events": ["chat"] }),
        json!({ "type": "token_refresh", "token": "t" }),
        json!({ "type": "command", "action": "cancel", "transaction_id": "tx" }),
        json!({ "type": "query", "query": "rows 3", "id": "q", "query_id": 7, "preferences": { "stream": true } }),
        json!({ "type": "query", "query": "reject" }),
        json!({ "type": "query", "query": "" }),
    ];
    let seen = converse(&rig, "/ws/query", false, named, 2).await;
    for name in [
        "connection_acknowledged",
        "resumed",
        "session_snapshot",
        "pong",
        "heartbeat_response",
        "subscribed",
        "unsubscribed",
        "token_refreshed",
        "error",
        "query_accepted",
        "progress_update",
        "partial_result",
        "query_result",
    ] {
        assert!(seen.contains(name), "{name} was not seen: {seen:?}");
    }
    let typed = vec![
        json!({ "type": "connection_handshake", "timestamp": NOW, "params": { "agent_id": "a" } }),
        json!({ "type": "ping", "timestamp": NOW }),
        json!({ "type": "heartbeat", "timestamp": NOW, "params": {} }),
        json!({ "type": "subscribe", "timestamp": NOW, "params": { "events": ["progress_update", "partial_result"] } }),
        json!({ "type": "query", "timestamp": NOW, "params": { "query": "rows 3", "preferences": { "stream": true } } }),
        json!({ "type": "query", "timestamp": NOW, "query": "reject" }),
    ];
    let seen = converse(&rig, "/ws/demo", true, typed, 2).await;
    for name in ["query_accepted", "progress_update", "partial_result", "response", "error", "subscribed"] {
        assert!(seen.contains(name), "{name} was not seen: {seen:?}");
    }
    let chat = vec![json!({ "type": "chat_message", "message": "rows 1" })];
    assert!(converse(&rig, "/ws/chat", false, chat, 1).await.contains("chat_reply"));
}

#[tokio::test]
async fn a_message_of_another_shape_is_none_of_the_description() {
    let document = doors_document();
    for (name, bad) in [
        ("named.pong", json!({ "type": "pong" })),
        (
            "named.query_cancelled",
            json!({ "type": "query_cancelled", "timestamp": "2025-01-01T00:00:00.000Z" }),
        ),
        ("client.named.query", json!({ "type": "query" })),
        ("client.named.query", json!({ "type": "query", "query": 1 })),
        ("client.named.command", json!({ "type": "command", "action": "stop", "transaction_id": "t" })),
        ("client.typed.ping", json!({ "type": "ping" })),
    ] {
        assert!(!named(&document, name).is_valid(&bad), "{name}: {bad}");
    }
    let rig = Rig::new().await;
    let events = rig
        .answer_with(Method::POST, "/api/query", &[("accept", "text/event-stream")], r#"{"query":"rows 1"}"#)
        .await;
    let mut source = crate::events::Source::new(events);
    let all = futures_util::stream::iter(source.up_to("query_result").await);
    let all: Vec<_> = all.collect().await;
    for event in all {
        check(&document, &format!("named.{}", event.name), &event.data);
    }
}
