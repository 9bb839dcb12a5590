//! Polling end to end: 202, the transaction, its tag, and what happened since.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::rig::{Rig, read};

const ASYNC: (&str, &str) = ("prefer", "respond-async");

/// Asks, and gives the transaction's path and body.
async fn ask(rig: &Rig, body: Value) -> (String, Value) {
    let answer = rig.answer_with(Method::POST, "/api/query", &[ASYNC], &body.to_string()).await;
    assert_eq!(answer.headers()["preference-applied"], "respond-async");
    let path = answer.headers()["location"].to_str().unwrap().to_owned();
    assert!(answer.headers().contains_key("etag"));
    let (status, body) = read(answer).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{body}");
    assert_eq!(path, format!("/api/transactions/{}", body["transaction_id"].as_str().unwrap()));
    (path, body)
}

/// Polls until it is over; what was seen on the way.
async fn poll(rig: &Rig, path: &str) -> Vec<Value> {
    let mut seen: Vec<Value> = Vec::new();
    let mut tag = String::new();
    loop {
        let answer = rig.answer_with(Method::GET, path, &[("if-none-match", &tag)], "").await;
        let new = answer.headers()["etag"].to_str().unwrap().to_owned();
        if answer.status() == StatusCode::NOT_MODIFIED {
            assert_eq!(new, tag);
            let (_, body) = read(answer).await;
            assert_eq!(body, "", "304 has no body");
            continue;
        }
        assert_ne!(new, tag, "another body has another tag");
        tag = new;
        let (status, body) = read(answer).await;
        assert_eq!(status, StatusCode::OK);
        assert_ne!(seen.last(), Some(&body), "the same body has the same tag");
        let over = matches!(body["status"].as_str().unwrap(), "completed" | "failed" | "cancelled");
        seen.push(body);
        if over {
            return seen;
        }
    }
}

#[tokio::test]
async fn a_question_is_accepted_and_polled_until_it_is_answered() {
    let rig = Rig::new().await;
    let (path, accepted) = ask(&rig, json!({ "query": "hold on", "query_id": "q7" })).await;
    assert_eq!(accepted["query_id"], "q7");
    assert_eq!((&accepted["result"], &accepted["error"]), (&Value::Null, &Value::Null));
    rig.gate.entered().await;
    let (_, running) = rig.request(Method::GET, &path, "").await;
    assert_eq!(running["status"], "running");
    assert!(running["percent"].as_u64().unwrap() < 100);
    rig.gate.open();
    let seen = poll(&rig, &path).await;
    let done = seen.last().unwrap();
    assert_eq!((&done["status"], &done["percent"]), (&json!("completed"), &json!(100)));
    assert_eq!((&done["current_agent"], &done["eta_ms"]), (&Value::Null, &json!(0)));
    let order = done["execution_order"].as_array().unwrap();
    assert_eq!(order.len(), 3);
    assert!(order.iter().all(|stage| stage["status"] == "completed"), "{order:?}");
    let result = &done["result"];
    assert_eq!((&result["type"], &result["row_count"]), (&json!("query_result"), &json!(2)));
    assert_eq!(result["transaction_id"], done["transaction_id"]);
    assert!(seen.iter().map(|body| body["percent"].as_u64().unwrap()).is_sorted());
    let names: Vec<_> = done.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "transaction_id",
            "session_id",
            "query_id",
            "status",
            "percent",
            "eta_ms",
            "current_agent",
            "execution_order",
            "result"
        ]
    );
}

#[tokio::test]
async fn the_running_stage_is_named() {
    let rig = Rig::new().await;
    let (path, _) = ask(&rig, json!({ "query": "hold on" })).await;
    rig.gate.entered().await;
    loop {
        let (_, body) = rig.request(Method::GET, &path, "").await;
        if body["current_agent"] == "data" {
            assert_eq!(body["execution_order"][1]["status"], "running");
            break;
        }
        tokio::task::yield_now().await;
    }
    rig.gate.open();
    poll(&rig, &path).await;
}

#[tokio::test]
async fn what_failed_or_was_cancelled_says_so() {
    let rig = Rig::new().await;
    let (path, _) = ask(&rig, json!({ "query": "reject" })).await;
    let failed = poll(&rig, &path).await.pop().unwrap();
    assert_eq!((&failed["status"], &failed["error"]["code"]), (&json!("failed"), &json!("QUERY_REJECTED")));
    assert_eq!(failed["result"], Value::Null);
    let (mut peer, acknowledged) = rig.joined(json!({})).await;
    let session = acknowledged["session_id"].clone();
    let (path, body) = ask(&rig, json!({ "query": "hold", "session_id": session })).await;
    rig.gate.entered().await;
    let id = &body["transaction_id"];
    for (action, status) in [("pause", "paused"), ("resume", "running")] {
        peer.send(json!({ "type": "command", "action": action, "transaction_id": id })).await;
        peer.until("command_result").await;
        assert_eq!(rig.request(Method::GET, &path, "").await.1["status"], status);
    }
    peer.send(json!({ "type": "command", "action": "cancel", "transaction_id": id })).await;
    peer.until("query_cancelled").await;
    let cancelled = rig.request(Method::GET, &path, "").await.1;
    assert_eq!(cancelled["status"], "cancelled");
    assert_eq!((&cancelled["result"], &cancelled["error"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn one_that_waits_is_queued() {
    let rig = Rig::with(|config| config.limits.max_running_queries = 1).await;
    let (first, _) = ask(&rig, json!({ "query": "hold" })).await;
    let (second, body) = ask(&rig, json!({ "query": "rows 1" })).await;
    assert_eq!(body["status"], "queued");
    rig.gate.open();
    poll(&rig, &first).await;
    assert_eq!(poll(&rig, &second).await.pop().unwrap()["status"], "completed");
}

#[tokio::test]
async fn the_same_query_id_is_the_same_transaction() {
    let rig = Rig::new().await;
    let (_, session) = rig.request(Method::POST, "/api/sessions", "").await;
    let body = json!({ "query": "rows 1", "query_id": "q", "session_id": session["session_id"] });
    let (first, _) = ask(&rig, body.clone()).await;
    poll(&rig, &first).await;
    let (second, again) = ask(&rig, body).await;
    assert_eq!((first, &again["status"]), (second, &json!("completed")));
}

#[tokio::test]
async fn a_transaction_that_was_asked_on_a_socket_can_be_polled_too() {
    let rig = Rig::new().await;
    let (mut peer, _) = rig.open("/ws/query").await;
    peer.send(json!({ "type": "query", "query": "rows 1" })).await;
    let result = peer.until("query_result").await;
    let path = format!("/api/transactions/{}", result["transaction_id"].as_str().unwrap());
    let (_, body) = rig.request(Method::GET, &path, "").await;
    assert_eq!((&body["status"], &body["result"]), (&json!("completed"), &result));
    let (status, body) = rig.request(Method::GET, "/api/transactions/tx_unknown", "").await;
    assert_eq!((status, &body["code"]), (StatusCode::NOT_FOUND, &json!("NOT_FOUND")));
}

#[tokio::test]
async fn what_happened_since_is_told_without_a_stream() {
    let rig = Rig::with(|config| config.limits.history_events = 4).await;
    let (_, session) = rig.request(Method::POST, "/api/sessions", "").await;
    let path = format!("/api/progress/{}", session["session_id"].as_str().unwrap());
    let (status, nothing) = rig.request(Method::GET, &format!("{path}?poll=1"), "").await;
    assert_eq!((status, &nothing["events"]), (StatusCode::OK, &json!([])));
    assert_eq!((&nothing["resumed"]["recovered"], &nothing["resumed"]["top"]), (&json!(true), &json!(0)));
    let query = json!({ "query": "rows 1", "session_id": session["session_id"] }).to_string();
    let (_, result) = rig.request(Method::POST, "/api/query", &query).await;
    let (_, all) = rig.request(Method::GET, &format!("{path}?poll=1"), "").await;
    assert_eq!(
        (&all["resumed"]["recovered"], &all["resumed"]["reason"]),
        (&json!(false), &json!("TOO_MANY"))
    );
    assert_eq!(all["session_snapshot"]["finished"][0]["transaction_id"], result["transaction_id"]);
    let top = result["offset"].as_u64().unwrap();
    let epoch = session["epoch"].as_str().unwrap();
    let since = format!("{path}?poll=1&epoch={epoch}&offset={}", top - 2);
    let (_, rest) = rig.request(Method::GET, &since, "").await;
    assert_eq!(rest["resumed"]["from"], top - 1);
    assert_eq!(rest["events"].as_array().unwrap().len(), 2);
    assert_eq!(rest["events"][1], result);
    assert_eq!(rest.get("session_snapshot"), None);
}
